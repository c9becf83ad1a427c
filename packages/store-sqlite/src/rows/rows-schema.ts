import { tokenColumns } from '../records/billed-columns.ts'

/** Columns of `runs` that are read a segment at a time. Texts are ids of `texts`. */
export const numberColumns = [
  'first_at',
  'config',
  'variation',
  'version',
  'model',
  'provider',
  'context_kind',
  'context_key',
  'outcome',
  'feedback',
  'unknown_usage',
  'unpriced',
  'parts',
  'duration_ms',
  'first_token_ms',
  'cost_nano_usd',
  ...Object.values(tokenColumns),
] as const

export type NumberColumn = (typeof numberColumns)[number]

const sums = [...Object.values(tokenColumns), 'cost_nano_usd'].map(column => `${column} REAL`).join(', ')

// `runs` is made from `run_events`, up to the event and the price that `run_state` names: a crash, an older version that
// writes beside this one, and a database from before there were rows are all the same to it. Whole numbers are REAL:
// exact up to 2^53, and more is no bill. `model` is the one that the run is counted under, `run_parts` what each model
// of a run with several used. `run_columns` has full segments of rows column by column, as usage reads them, but for the
// rows in `run_changes`. `revision_times` says now and then what had been received until when. Event ids only grow: never delete the newest event.
export const runRowsMigration = `
  ALTER TABLE run_events ADD COLUMN received_at REAL;
  CREATE TABLE event_prices (
    id INTEGER PRIMARY KEY,
    event_id INTEGER NOT NULL UNIQUE,
    cost_nano_usd INTEGER NOT NULL,
    price_list TEXT NOT NULL,
    received_at REAL NOT NULL
  ) STRICT;
  CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  INSERT INTO texts (id, text) VALUES (1, '');
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL,
    config INTEGER NOT NULL,
    variation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    model INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    context_kind INTEGER,
    context_key INTEGER,
    outcome INTEGER NOT NULL,
    feedback INTEGER,
    unknown_usage INTEGER,
    unpriced INTEGER,
    parts INTEGER,
    duration_ms REAL,
    first_token_ms REAL,
    ${sums},
    events INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    price_id INTEGER NOT NULL,
    trace_id TEXT
  ) STRICT;
  CREATE UNIQUE INDEX runs_identity ON runs (run_id);
  CREATE INDEX runs_time ON runs (first_at);
  CREATE INDEX runs_config ON runs (config, first_at);
  CREATE INDEX runs_variation ON runs (variation, first_at);
  CREATE INDEX runs_context ON runs (context_key, first_at) WHERE context_key IS NOT NULL;
  CREATE INDEX runs_feedback ON runs (feedback, first_at) WHERE feedback IS NOT NULL;
  CREATE INDEX runs_outcome ON runs (outcome, first_at) WHERE outcome > 1;
  CREATE TABLE run_parts (
    run INTEGER NOT NULL,
    model INTEGER NOT NULL,
    ${sums},
    PRIMARY KEY (run, model)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE run_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    event_id INTEGER NOT NULL,
    price_id INTEGER NOT NULL
  ) STRICT;
  INSERT INTO run_state VALUES (1, 0, 0);
  CREATE TABLE run_segments (id INTEGER PRIMARY KEY, since REAL NOT NULL, until REAL NOT NULL) STRICT;
  CREATE TABLE run_columns (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE run_changes (id INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE revision_times (
    id INTEGER PRIMARY KEY,
    event_id INTEGER NOT NULL,
    price_id INTEGER NOT NULL,
    received_at REAL NOT NULL
  ) STRICT;
  CREATE INDEX revision_times_time ON revision_times (received_at, id);
  DROP INDEX run_events_time;
`

// What the runs of a segment add up to, by the quarter of an hour in which they began: a bill of all runs, by hour, day
// or month, reads no more than that and what its percentiles need. Segments that are there get theirs one by one, before
// the next read. In the segment's row: what makes a segment anew and does not know of it, as an older version that still
// runs, takes it away.
export const segmentSumsMigration = 'ALTER TABLE run_segments ADD COLUMN sums BLOB;'

// `of_trace` is the trace of an event of whose run and trace an earlier event is in the index of traces: one entry for each
// run is enough to find it by its trace, and each further one would dirty a page of a large index. `events_epoch` grows
// when an event is changed or removed, by any process: what a process remembers of events is void then.
export const recentEventsMigration = `
  ALTER TABLE run_events ADD COLUMN of_trace TEXT;
  ALTER TABLE run_state ADD COLUMN events_epoch INTEGER NOT NULL DEFAULT 0;
  CREATE TRIGGER run_events_changed AFTER UPDATE ON run_events
    BEGIN UPDATE run_state SET events_epoch = events_epoch + 1; END;
  CREATE TRIGGER run_events_removed AFTER DELETE ON run_events
    BEGIN UPDATE run_state SET events_epoch = events_epoch + 1; END;
`
