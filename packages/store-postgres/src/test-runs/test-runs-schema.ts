/**
 * `start`, `result`, `item`, `late` and `verdict` are JSON as given; `listed` and `late_listed` are the row of an item in lists.
 * A late part and a withdrawal have a separate `xid` and `received_at`, because they come after the row.
 */
export const testRunsSchema = `
  CREATE TABLE @test_runs (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    test_run_id text COLLATE "C" NOT NULL UNIQUE,
    key text COLLATE "C" NOT NULL,
    experiment_group_id text COLLATE "C",
    start text NOT NULL,
    removed_items bigint NOT NULL DEFAULT 0
  );
  CREATE INDEX test_runs_time ON @test_runs (received_at, id);

  CREATE TABLE @test_run_ends (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    test_run_id text COLLATE "C" NOT NULL,
    status text NOT NULL,
    result text NOT NULL
  );
  CREATE INDEX test_run_ends_run ON @test_run_ends (test_run_id, id);

  CREATE TABLE @items (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    test_run_id text COLLATE "C" NOT NULL,
    source_trace_id text COLLATE "C" NOT NULL,
    source_span_id text COLLATE "C" NOT NULL,
    attempt bigint NOT NULL,
    trace_id text COLLATE "C",
    outcome text NOT NULL,
    listed text NOT NULL,
    item text NOT NULL,
    late_xid xid8,
    late_received_at bigint,
    late_outcome text,
    late_listed text,
    late text
  );
  CREATE UNIQUE INDEX items_identity ON @items (test_run_id, source_trace_id, source_span_id, attempt);
  CREATE INDEX items_order ON @items (test_run_id, id);
  CREATE INDEX items_source ON @items (source_trace_id);
  CREATE INDEX items_trace ON @items (trace_id) WHERE trace_id IS NOT NULL;

  CREATE TABLE @verdicts (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    test_run_id text COLLATE "C" NOT NULL,
    trace_id text COLLATE "C" NOT NULL,
    verdict text NOT NULL,
    withdrawn_xid xid8,
    withdrawn_received_at bigint,
    withdrawn_by text
  );
  CREATE INDEX verdicts_order ON @verdicts (test_run_id, id);
  CREATE INDEX verdicts_trace ON @verdicts (trace_id);
`
