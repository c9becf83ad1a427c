// All rows keep the number of their change, so that a test run can be read as it was known at a revision; 0 in rows that
// an older version wrote. `items` has the columns that lists show; `item_parts` has the whole item, so that a list
// never reads payloads. `late_json` has the facts that became known after the item was put. `verdict_history`
// replaces `verdicts`. What a running process of an older version still writes is taken over by triggers.
export const testRunsMigration = `
  ALTER TABLE test_runs ADD COLUMN facts_json TEXT;
  ALTER TABLE test_runs ADD COLUMN removed_items INTEGER;

  CREATE TABLE test_run_ends (
    id INTEGER PRIMARY KEY,
    change_id INTEGER NOT NULL,
    test_run_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at REAL,
    result_json TEXT
  ) STRICT;
  CREATE INDEX test_run_ends_test_run ON test_run_ends (test_run_id);
  INSERT INTO test_run_ends (change_id, test_run_id, status, at)
    SELECT 0, test_run_id, status, completed_at FROM test_runs WHERE status <> 'running' ORDER BY id;

  CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    change_id INTEGER NOT NULL,
    test_run_id TEXT NOT NULL,
    source_trace_id TEXT NOT NULL,
    source_span_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    trace_id TEXT,
    outcome TEXT NOT NULL,
    late_change_id INTEGER,
    late_outcome TEXT,
    row_json TEXT NOT NULL,
    late_row_json TEXT
  ) STRICT;
  CREATE UNIQUE INDEX items_identity ON items (test_run_id, source_trace_id, source_span_id, attempt);
  CREATE INDEX items_outcome ON items (test_run_id, coalesce(late_outcome, outcome));
  CREATE INDEX items_source ON items (source_trace_id);
  CREATE INDEX items_trace ON items (trace_id) WHERE trace_id IS NOT NULL;
  CREATE TABLE item_parts (
    item_id INTEGER PRIMARY KEY,
    item_json TEXT NOT NULL,
    late_json TEXT
  ) STRICT;

  CREATE TABLE verdict_history (
    id INTEGER PRIMARY KEY,
    change_id INTEGER NOT NULL,
    test_run_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    pass INTEGER NOT NULL,
    by TEXT,
    comment TEXT,
    at REAL,
    withdrawn_change_id INTEGER,
    withdrawn_at REAL,
    withdrawn_by TEXT
  ) STRICT;
  CREATE INDEX verdict_history_test_run ON verdict_history (test_run_id);
  CREATE INDEX verdict_history_trace ON verdict_history (trace_id);
  INSERT INTO verdict_history (change_id, test_run_id, trace_id, pass, by, comment)
    SELECT 0, test_run_id, trace_id, pass, by, comment FROM verdicts;
  DELETE FROM verdicts;

  CREATE TRIGGER older_verdicts AFTER INSERT ON verdicts BEGIN
    INSERT INTO verdict_history (change_id, test_run_id, trace_id, pass, by, comment)
      VALUES (0, NEW.test_run_id, NEW.trace_id, NEW.pass, NEW.by, NEW.comment);
    DELETE FROM verdicts WHERE test_run_id = NEW.test_run_id AND trace_id = NEW.trace_id;
  END;
  CREATE TRIGGER older_test_run_ends AFTER UPDATE OF status ON test_runs
    WHEN NEW.status <> 'running' AND NOT EXISTS (
      SELECT 1 FROM test_run_ends WHERE test_run_id = NEW.test_run_id AND at IS NEW.completed_at)
  BEGIN
    INSERT INTO test_run_ends (change_id, test_run_id, status, at)
      VALUES (0, NEW.test_run_id, NEW.status, NEW.completed_at);
  END;
`
