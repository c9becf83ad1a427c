import { largePartsMigration } from './append/large-parts-schema.ts'
import { budgetsSchema } from './budgets/budgets-schema.ts'
import { cohortsMigration } from './cohorts/cohorts-schema.ts'
import { healthSchema } from './health/health-schema.ts'
import { changesFloorMigration } from './history/forget-marks.ts'
import { historyMigration } from './history/history-schema.ts'
import { storeIdsMigration } from './history/store-ids.ts'
import { removalMigration, removedSinceMigration } from './removal/removal-schema.ts'
import { reviewsMigration } from './reviews/reviews-schema.ts'
import { recentEventsMigration, runRowsMigration, segmentSumsMigration } from './rows/rows-schema.ts'
import { searchMigration } from './searching/search-schema.ts'
import { setAsideMigration } from './set-aside/set-aside-schema.ts'
import { testRunsMigration } from './test-runs/test-runs-schema.ts'
import { viewsMigration } from './views/views-schema.ts'

/** Marks a database file as a Runtape file (`PRAGMA application_id`): the letters "Rtap". */
export const applicationId = 0x52_74_61_70

// Rowid tables, because inserting with a random primary key costs four times as much. The columns that lists read come
// before large ones, so that lists never read through payloads. The billed parts of a run event's value have their own
// columns, from `milliseconds` to `cost_nano_usd`, so that a bill parses no JSON. A large payload that several spans of
// a trace share is stored once, in `payloads`. The view `spans` adds it to each span again, so that a reader of the
// tape finds every payload in its place.
const columnsBeforePayloads = `id, trace_id, span_id, parent_span_id, seq, key, name, type, started_at, duration_ms,
    start_order, end_order, status, result_kind, run_id, session_id, model, time_to_first_token_ms, mock_on_replay,
    test_run_id, source_trace_id, source_span_id, mocked, usage_json, tags_json, error_name, error_message, metadata_json,`

/** The payload of a span of the first schema versions, by its hash. */
const sharedPayload = (hash: 'input_hash' | 'output_hash'): string =>
  `FROM payloads WHERE payloads.trace_id = span_rows.trace_id AND payloads.hash = span_rows.${hash}`

const version1 = `
  CREATE TABLE run_events (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    metric TEXT NOT NULL,
    replay_trace_id TEXT NOT NULL DEFAULT '',
    test_run_id TEXT,
    at REAL NOT NULL,
    config_key TEXT NOT NULL,
    variation_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    model_name TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    context_kind TEXT,
    context_key TEXT,
    milliseconds REAL,
    verdict TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    total_tokens INTEGER,
    cached_input_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_nano_usd INTEGER,
    price_list TEXT,
    value_json TEXT NOT NULL,
    context_more_json TEXT,
    attributes_json TEXT,
    trace_id TEXT
  ) STRICT;
  CREATE UNIQUE INDEX run_events_identity ON run_events (run_id, metric, replay_trace_id);
  CREATE INDEX run_events_time ON run_events (at, run_id) WHERE replay_trace_id = '';
  CREATE INDEX run_events_trace ON run_events (trace_id, run_id)
    WHERE trace_id IS NOT NULL AND replay_trace_id = '';
  CREATE INDEX run_events_feedback ON run_events (run_id) WHERE metric = 'feedback' AND replay_trace_id = '';
  CREATE INDEX run_events_replay ON run_events (replay_trace_id, run_id) WHERE replay_trace_id <> '';

  CREATE TABLE span_rows (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_span_id TEXT,
    seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    started_at REAL NOT NULL,
    duration_ms REAL NOT NULL,
    start_order INTEGER,
    end_order INTEGER,
    status TEXT NOT NULL,
    result_kind TEXT NOT NULL,
    run_id TEXT,
    session_id TEXT,
    model TEXT,
    time_to_first_token_ms REAL,
    mock_on_replay INTEGER,
    test_run_id TEXT,
    source_trace_id TEXT,
    source_span_id TEXT,
    mocked INTEGER,
    usage_json TEXT,
    tags_json TEXT,
    error_name TEXT,
    error_message TEXT,
    metadata_json TEXT,
    input_hash TEXT,
    output_hash TEXT,
    input_json TEXT,
    input_marks_json TEXT,
    output_json TEXT,
    output_marks_json TEXT,
    error_json TEXT,
    error_marks_json TEXT
  ) STRICT;
  CREATE UNIQUE INDEX spans_identity ON span_rows (trace_id, span_id);
  CREATE INDEX spans_root ON span_rows (trace_id, started_at, span_id) WHERE parent_span_id IS NULL;
  CREATE INDEX spans_root_time ON span_rows (started_at, trace_id)
    WHERE parent_span_id IS NULL AND test_run_id IS NULL;
  CREATE INDEX spans_root_key ON span_rows (key, started_at, trace_id)
    WHERE parent_span_id IS NULL AND test_run_id IS NULL;
  CREATE INDEX spans_root_test_run ON span_rows (test_run_id, started_at, trace_id)
    WHERE parent_span_id IS NULL AND test_run_id IS NOT NULL;
  CREATE INDEX spans_trace_run ON span_rows (trace_id, run_id) WHERE run_id IS NOT NULL;
  CREATE INDEX spans_run ON span_rows (run_id, trace_id) WHERE run_id IS NOT NULL;

  CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX payloads_identity ON payloads (trace_id, hash);
  CREATE VIEW spans AS SELECT
    ${columnsBeforePayloads}
    coalesce(input_json, (SELECT json ${sharedPayload('input_hash')})) AS input_json, input_marks_json,
    coalesce(output_json, (SELECT json ${sharedPayload('output_hash')})) AS output_json, output_marks_json,
    error_json, error_marks_json
  FROM span_rows;

  CREATE TABLE test_runs (
    id INTEGER PRIMARY KEY,
    test_run_id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at REAL NOT NULL,
    completed_at REAL,
    source_trace_ids_json TEXT NOT NULL,
    code_change_description TEXT,
    code_change_files_json TEXT,
    experiment_group_id TEXT
  ) STRICT;
  CREATE INDEX test_runs_time ON test_runs (started_at, id);
  CREATE TABLE verdicts (
    test_run_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    pass INTEGER NOT NULL,
    by TEXT,
    comment TEXT,
    PRIMARY KEY (test_run_id, trace_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_json TEXT NOT NULL,
    leased_until REAL NOT NULL
  ) STRICT;
`

// Modalities, and cache writes with a lifetime of one hour.
const version2 = [
  'cache_write_1h_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'input_image_tokens',
  'output_image_tokens',
  'input_video_tokens',
  'output_video_tokens',
  'cached_input_audio_tokens',
  'cached_input_image_tokens',
]
  .map(column => `ALTER TABLE run_events ADD COLUMN ${column} INTEGER;`)
  .join('\n')

// The calls that the tokens of a run cover, and the model of a call.
const version3 = ['scope', 'call_model']
  .map(column => `ALTER TABLE run_events ADD COLUMN ${column} TEXT;`)
  .join('\n')

/** What the second version of the store contract needs, one part per line. Released: never edit it. */
const version10: readonly string[] = [
  searchMigration,
  // One part per line.
  historyMigration,
  storeIdsMigration,
  changesFloorMigration,
  cohortsMigration,
  reviewsMigration,
  viewsMigration,
  testRunsMigration,
  healthSchema,
  budgetsSchema,
]

/** Forward only: the first creates version 1 in an empty file, each further one the next version. Never edit one. */
export const migrations: readonly string[] = [
  version1,
  version2,
  version3,
  runRowsMigration,
  setAsideMigration(columnsBeforePayloads),
  removalMigration,
  largePartsMigration(columnsBeforePayloads),
  segmentSumsMigration,
  recentEventsMigration,
  version10.join('\n'),
  removedSinceMigration,
]
