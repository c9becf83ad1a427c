/**
 * Counts of records that are not in the store as they were sent. `reporter` is the id of a recorder, whose last report
 * replaces earlier ones, or empty for the counts of the store itself. `health_samples` has a few records of each kind;
 * `health_conflicts` has hashes, so that a conflict that is sent again counts once.
 */
export const healthSchema = `
  CREATE TABLE health_counts (
    kind TEXT NOT NULL,
    reporter TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL,
    PRIMARY KEY (kind, reporter)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE health_samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    sample_json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE health_conflicts (hash TEXT PRIMARY KEY, at REAL NOT NULL) STRICT, WITHOUT ROWID;
`
