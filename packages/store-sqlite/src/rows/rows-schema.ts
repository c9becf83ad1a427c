import { tokenColumns } from '../records/billed-columns.ts'

/** Columns of `runs` that are read a segment at a time. Texts are stored as ids of `texts`. */
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

// `runs` is built from `run_events`, up to the event and the price in `run_state`. This covers a crash, an older
// version that writes to the same file, and a database from before there were rows, all in the same way. Whole numbers
// are REAL: exact up to 2^53, more than any bill. `model` is the model that the run is counted under; `run_parts` is
// the usage per model of a run with several. `run_columns` has full segments of rows column by column, for usage,
// except for the rows in `run_changes`. `revision_times` records from time to time what had been received by then.
// Event ids only grow: never delete the newest event.
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

// The sums of a segment's runs, by the quarter of an hour in which they began. A bill of all runs by hour, day or month
// reads only these and the columns for its percentiles. Existing segments get their sums one by one, before the next
// read. The sums are in the segment's row, so that an older version that rebuilds a segment removes them.
export const segmentSumsMigration = 'ALTER TABLE run_segments ADD COLUMN sums BLOB;'

// `of_trace` is the trace of an event if an earlier event of the same run and trace is in the index of traces. One
// index entry per run is enough to find it by its trace, and each further entry would touch a page of a large index.
// `events_epoch` increases when any process changes or removes an event. A process then forgets the events that it
// remembers.
export const recentEventsMigration = `
  ALTER TABLE run_events ADD COLUMN of_trace TEXT;
  ALTER TABLE run_state ADD COLUMN events_epoch INTEGER NOT NULL DEFAULT 0;
  CREATE TRIGGER run_events_changed AFTER UPDATE ON run_events
    BEGIN UPDATE run_state SET events_epoch = events_epoch + 1; END;
  CREATE TRIGGER run_events_removed AFTER DELETE ON run_events
    BEGIN UPDATE run_state SET events_epoch = events_epoch + 1; END;
`
