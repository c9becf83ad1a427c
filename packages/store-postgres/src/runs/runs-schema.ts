import { usageColumns } from './run-row.ts'

/**
 * A row for each run, made from its events in the transaction that adds them: lists and bills read these. A run without
 * `first_at` has no events yet, only spans. `created_*` are those of its first event, `changed_*` of its last change.
 * Hash indexes find texts of any length.
 */
export const runsSchema = `
  CREATE TABLE @runs (
    run_id text COLLATE "C" PRIMARY KEY,
    created_xid xid8,
    created_at bigint,
    changed_xid xid8,
    changed_at bigint,
    first_at float8,
    last_at float8,
    config_key text COLLATE "C",
    variation_key text COLLATE "C",
    version bigint,
    model text COLLATE "C",
    provider text COLLATE "C",
    context_kind text COLLATE "C",
    context_key text COLLATE "C",
    trace_id text COLLATE "C",
    is_event_trace boolean,
    outcome text COLLATE "C",
    feedback text COLLATE "C",
    error text COLLATE "C",
    comment text COLLATE "C",
    duration_ms float8,
    ttft_ms float8,
    nano_usd numeric,
    is_unpriced boolean,
    is_unknown boolean,
    ${Object.values(usageColumns)
      .map(column => `${column} numeric`)
      .join(',\n    ')},
    parts text
  );
  CREATE INDEX runs_time ON @runs (first_at, run_id) WHERE first_at IS NOT NULL;
  CREATE INDEX runs_changed ON @runs (changed_at);
  CREATE INDEX runs_changed_xid ON @runs (changed_xid);
  CREATE INDEX runs_cost ON @runs (nano_usd, run_id) WHERE nano_usd IS NOT NULL AND nano_usd <= 9007199254740991;
  CREATE INDEX runs_tokens ON @runs (total_tokens, run_id) WHERE total_tokens IS NOT NULL;
  CREATE INDEX runs_duration ON @runs (duration_ms, run_id) WHERE duration_ms IS NOT NULL;
  CREATE INDEX runs_feedback ON @runs (feedback, first_at, run_id) WHERE feedback <> 'none';
  CREATE INDEX runs_config ON @runs (left(config_key, 100), first_at, run_id);
  CREATE INDEX runs_context ON @runs (left(context_key, 100), first_at, run_id) WHERE context_key IS NOT NULL;
  CREATE INDEX runs_parts ON @runs (first_at) WHERE parts IS NOT NULL;
  CREATE INDEX runs_trace ON @runs USING hash (trace_id) WHERE trace_id IS NOT NULL;
`
