// `changes` numbers what is neither a run event, a price nor a span: test runs, verdicts, cohorts, reviews and the like.
// Their rows keep the number of their change. `received_at` never decreases. `kind` and `about` say what changed.
// AUTOINCREMENT: a number is never used again. A span's `received_at` is `NULL` if an older version received it.
export const historyMigration = `
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at REAL NOT NULL,
    kind TEXT,
    about TEXT
  ) STRICT;
  ALTER TABLE span_rows ADD COLUMN received_at REAL;
  ALTER TABLE test_runs ADD COLUMN change_id INTEGER;
`
