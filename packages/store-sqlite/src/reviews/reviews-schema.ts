/**
 * `subject` is what was reviewed: `run <id>` or `trace <id>`. `run_id` is empty for a review of a trace; `trace_id` is
 * also set for a reviewed run that was traced. `review_claims.item` is a trace, or a run that was not traced.
 */
export const reviewsMigration = `
  CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    change_id INTEGER NOT NULL,
    review_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    run_id TEXT,
    trace_id TEXT,
    by TEXT NOT NULL,
    pass INTEGER,
    scores_json TEXT,
    comment TEXT,
    at REAL NOT NULL,
    withdrawn_change_id INTEGER,
    withdrawn_at REAL,
    withdrawn_by TEXT
  ) STRICT;
  CREATE INDEX reviews_subject ON reviews (subject, by, id);
  CREATE INDEX reviews_run ON reviews (run_id) WHERE run_id IS NOT NULL;
  CREATE INDEX reviews_trace ON reviews (trace_id) WHERE trace_id IS NOT NULL;
  CREATE TABLE review_claims (
    item TEXT PRIMARY KEY,
    run_id TEXT,
    trace_id TEXT,
    by TEXT NOT NULL,
    until REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
`
