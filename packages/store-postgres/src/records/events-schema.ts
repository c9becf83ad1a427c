/** `status` is that of an outcome or a feedback. `record` is the event as JSON, without what `event-rows.ts` reads from columns. */
export const eventsSchema = `
  CREATE TABLE @run_events (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    at float8 NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    metric text COLLATE "C" NOT NULL,
    replay_trace_id text COLLATE "C" NOT NULL,
    trace_id text COLLATE "C",
    status text COLLATE "C",
    record text NOT NULL
  );
  CREATE UNIQUE INDEX run_events_identity ON @run_events (run_id, metric, replay_trace_id);
  CREATE INDEX run_events_xid ON @run_events (xid);
  CREATE INDEX run_events_received ON @run_events USING brin (received_at);
  CREATE INDEX run_events_trace ON @run_events (trace_id, run_id)
    WHERE trace_id IS NOT NULL AND replay_trace_id = '';
  CREATE INDEX run_events_replay ON @run_events (replay_trace_id, run_id) WHERE replay_trace_id <> '';

  CREATE TABLE @event_prices (
    event_id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    cost text NOT NULL
  );
  CREATE INDEX event_prices_xid ON @event_prices (xid);
`
