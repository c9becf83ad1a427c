import type { Queries } from '../database/database.ts'
import { type Columns, rowTable } from '../database/row-table.ts'
import { joined, raw, type Sql, sql } from '../database/sql.ts'
import type { EventParams } from '../records/event-rows.ts'
import type { SharedPayload, SpanParams } from '../records/span-rows.ts'
import { insertRuns, type NewRun } from '../runs/new-runs.ts'

const eventColumns: Columns<EventParams> = [
  ['run_id', 'text', row => row.runId],
  ['metric', 'text', row => row.metric],
  ['replay_trace_id', 'text', row => row.replayTraceId],
  ['trace_id', 'text', row => row.traceId],
  ['at', 'float8', row => row.at],
  ['status', 'text', row => row.status],
  ['record', 'text', row => row.record],
]

const spanColumns: Columns<SpanParams> = [
  ['trace_id', 'text', row => row.traceId],
  ['span_id', 'text', row => row.spanId],
  ['parent_span_id', 'text', row => row.parentSpanId],
  ['key', 'text', row => row.key],
  ['status', 'text', row => row.status],
  ['started_at', 'float8', row => row.startedAt],
  ['duration_ms', 'float8', row => row.durationMs],
  ['run_id', 'text', row => row.runId],
  ['session_id', 'text', row => row.sessionId],
  ['tags', 'text', row => row.tags],
  ['test_run_id', 'text', row => row.testRunId],
  ['source_trace_id', 'text', row => row.sourceTraceId],
  ['input_hash', 'text', row => row.inputHash],
  ['output_hash', 'text', row => row.outputHash],
  ['record', 'text', row => row.record],
  ['input', 'text', row => row.input],
  ['output', 'text', row => row.output],
  ['error', 'text', row => row.error],
]

const payloadColumns: Columns<SharedPayload> = [
  ['trace_id', 'text', row => row.traceId],
  ['hash', 'text', row => row.hash],
  ['json', 'text', row => row.json],
  ['blob', 'text', row => row.blob?.key],
]

/** A row to add, with the order in which it arrived. */
interface Arrived<Params> {
  readonly id: number
  readonly params: Params
  /** If another store received it before. */
  readonly receivedAt?: number
}

/** What a batch may add, in the order of identities. */
export interface NewRows {
  readonly runs: readonly NewRun[]
  readonly events: readonly Arrived<EventParams>[]
  readonly payloads: readonly SharedPayload[]
  readonly spans: readonly Arrived<SpanParams>[]
}

/** What one statement added. */
export interface Inserted {
  /** The keys of the runs that had a row already. It was not changed. */
  readonly known: readonly string[]
  /** Number of new events. */
  readonly events: number
  readonly spans: number
}

/**
 * Adds what is new, in one statement. Every transaction takes the rows in the same order, so that those that wait for each
 * other end: first the runs, then their events, spans and payloads.
 */
export async function insertNew(queries: Queries, rows: NewRows, receivedAt: number): Promise<Inserted> {
  const { runs, events, spans, payloads } = rows
  const after = (name: string, isThere: boolean) =>
    raw(isThere ? `WHERE (SELECT count(*) FROM ${name}) >= 0` : '')
  const steps = [
    runs.length > 0 ? insertRuns(runs) : undefined,
    events.length > 0 ? insertEvents(events, receivedAt, after('made_runs', runs.length > 0)) : undefined,
    spans.length > 0 ? insertSpans(spans, receivedAt, after('made_events', events.length > 0)) : undefined,
    payloads.length > 0 ? insertPayloads(payloads, after('made_spans', spans.length > 0)) : undefined,
  ]
  const count = (name: string, list: readonly unknown[]) =>
    raw(`${list.length > 0 ? `(SELECT count(*) FROM made_${name})` : '0::bigint'} AS ${name}`)
  const known = runs.length > 0 ? knownRuns : `'{}'::text[]`
  const [row] = await queries.rows<Inserted>(
    sql`WITH ${joined(steps, ', ')} SELECT ${raw(known)} AS known, ${count('events', events)}, ${count('spans', spans)}`,
  )
  return row ?? { known: [], events: 0, spans: 0 }
}

const knownRuns = 'ARRAY(SELECT run_id FROM given_runs WHERE run_id NOT IN (SELECT run_id FROM made_runs))'

function insertEvents(rows: readonly Arrived<EventParams>[], receivedAt: number, after: Sql): Sql {
  const { table, names } = arrivedTable(eventColumns, rows, receivedAt)
  const columns = raw(names.join(', '))
  return sql`made_events AS (INSERT INTO @run_events (${columns}) SELECT ${columns} FROM ${table} ${after}
    ON CONFLICT DO NOTHING RETURNING 1)`
}

function insertSpans(rows: readonly Arrived<SpanParams>[], receivedAt: number, after: Sql): Sql {
  const { table, names } = arrivedTable(spanColumns, rows, receivedAt)
  const values = names.map(name => (name === 'tags' ? tagsOf : name))
  return sql`made_spans AS (INSERT INTO @spans (${raw(names.join(', '))}) SELECT ${raw(values.join(', '))} FROM ${table} ${after}
    ON CONFLICT DO NOTHING RETURNING 1)`
}

const tagsOf = `(SELECT array_agg(tag) FROM json_array_elements_text(u.tags::json) AS tag)`

function insertPayloads(rows: readonly SharedPayload[], after: Sql): Sql {
  const { table, names } = rowTable('u', payloadColumns, rows)
  const columns = raw(names.join(', '))
  return sql`made_payloads AS (INSERT INTO @payloads (${columns}) SELECT ${columns} FROM ${table} ${after} ON CONFLICT DO NOTHING)`
}

/** The rows as a table `u`, each with its id and the time of its receipt. */
function arrivedTable<Params>(
  columns: Columns<Params>,
  rows: readonly Arrived<Params>[],
  receivedAt: number,
) {
  return rowTable<Arrived<Params>>(
    'u',
    [
      ['id', 'bigint', row => row.id],
      ['received_at', 'bigint', row => row.receivedAt ?? receivedAt],
      ...columns.map(
        ([name, type, value]) => [name, type, (row: Arrived<Params>) => value(row.params)] as const,
      ),
    ],
    rows,
  )
}
