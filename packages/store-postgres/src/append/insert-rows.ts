import type { Queries } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import type { EventParams } from '../records/event-rows.ts'
import type { SharedPayload, SpanParams } from '../records/span-rows.ts'

/** A column with its type, and the value of a row. */
type Columns<Row> = readonly (readonly [name: string, type: string, value: (row: Row) => unknown])[]

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

/** Rows to add, with the order in which they arrived. */
export interface Arrived<Row> {
  readonly id: number
  readonly params: Row
  /** If another store received it before. */
  readonly receivedAt?: number
}

/** Adds the events whose identity is new. Returns how many. */
export const insertEvents = (
  queries: Queries,
  rows: readonly Arrived<EventParams>[],
  receivedAt: number,
): Promise<number> =>
  insert(
    queries,
    sql`INSERT INTO @run_events (id, received_at, ${names(eventColumns)})
      SELECT u.id, ${receivedIn(rows, receivedAt)}, ${prefixed(eventColumns)}
      FROM ${unnested(eventColumns, rows)} ON CONFLICT DO NOTHING`,
    rows,
  )

/** Adds the spans whose identity is new. Returns how many. */
export const insertSpans = (
  queries: Queries,
  rows: readonly Arrived<SpanParams>[],
  receivedAt: number,
): Promise<number> => {
  const values = spanColumns.map(([name]) => (name === 'tags' ? tagsOf : `u.${name}`)).join(', ')
  return insert(
    queries,
    sql`INSERT INTO @spans (id, ${names(spanColumns)}, received_at)
      SELECT u.id, ${raw(values)}, ${receivedIn(rows, receivedAt)} FROM ${unnested(spanColumns, rows)} ON CONFLICT DO NOTHING`,
    rows,
  )
}

const tagsOf = `(SELECT array_agg(tag) FROM json_array_elements_text(u.tags::json) AS tag)`

export async function insertPayloads(queries: Queries, payloads: readonly SharedPayload[]): Promise<void> {
  const rows = payloads.map(params => ({ id: 0, params }))
  const columns = names(payloadColumns)
  await insert(
    queries,
    sql`INSERT INTO @payloads (${columns})
      SELECT ${columns} FROM ${unnested(payloadColumns, rows)} ON CONFLICT DO NOTHING`,
    rows,
  )
}

/** The time of receipt of each row: the present one, unless another store received it before. */
const receivedIn = (rows: readonly Arrived<unknown>[], now: number): Sql =>
  rows.some(isOfOther) ? sql`coalesce(u.received, ${now}::bigint)` : sql`${now}::bigint`

const isOfOther = ({ receivedAt }: Arrived<unknown>): boolean => receivedAt !== undefined

const prefixed = <Row>(columns: Columns<Row>): Sql => raw(columns.map(([name]) => `u.${name}`).join(', '))

const names = <Row>(columns: Columns<Row>): Sql => raw(columns.map(([name]) => name).join(', '))

/** The rows as a table `u`, with one parameter for each column. */
function unnested<Row>(columns: Columns<Row>, rows: readonly Arrived<Row>[]): Sql {
  const lists = columns.map(([, type, value]) => sql`${rows.map(row => value(row.params))}::${raw(type)}[]`)
  const all = lists.reduce((list, next) => sql`${list}, ${next}`, sql`${rows.map(row => row.id)}::bigint[]`)
  if (!rows.some(isOfOther)) return sql`unnest(${all}) AS u(id, ${names(columns)})`
  const times = rows.map(row => row.receivedAt)
  return sql`unnest(${all}, ${times}::bigint[]) AS u(id, ${names(columns)}, received)`
}

const insert = async (queries: Queries, query: Sql, rows: readonly unknown[]): Promise<number> =>
  rows.length === 0 ? 0 : queries.run(query)
