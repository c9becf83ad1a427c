// A version is never reused, even after its view was removed: a writer that read an older version must not match.
export const viewsMigration = `
  CREATE TABLE views (
    name TEXT PRIMARY KEY,
    filter TEXT NOT NULL,
    settings_json TEXT,
    by TEXT,
    at REAL NOT NULL,
    version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE view_versions (last INTEGER NOT NULL) STRICT;
  INSERT INTO view_versions VALUES (0);
`
