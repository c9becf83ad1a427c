// `changes` numbers what is neither a run event, a price nor a span: test runs, verdicts, cohorts, reviews and the like.
// Their rows keep the number of their change. `received_at` never decreases. `kind` and `about` say what changed.
// `about_is` is 'name' if `about` may name a person and has to go with its record, and 'mark' if the record was removed:
// `about` is then a hash.
// AUTOINCREMENT: a number is never used again. A span's `received_at` is `NULL` if an older version received it; the first
// row says by when that was.
export const historyMigration = `
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at REAL NOT NULL,
    kind TEXT,
    about TEXT,
    about_is TEXT
  ) STRICT;
  CREATE INDEX changes_names ON changes (kind, about) WHERE about_is = 'name';
  CREATE INDEX changes_marks ON changes (id) WHERE about_is = 'mark';
  INSERT INTO changes (received_at)
    SELECT (julianday('now') - 2440587.5) * 86400000.0 WHERE EXISTS (SELECT 1 FROM span_rows);
  ALTER TABLE span_rows ADD COLUMN received_at REAL;
  ALTER TABLE test_runs ADD COLUMN change_id INTEGER;
`
