import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { type EventRow, eventIdentity, eventOfRow } from '../records/event-rows.ts'
import { type PayloadsOf, readPayloads, type SharingRow, spansOfRows } from '../records/read-spans.ts'
import type { Fate } from './fate.ts'
import type { EventToAdd, SpanToAdd } from './prepare.ts'

/** The events that other transactions added under the same identities, by identity. */
export async function firstEvents(
  queries: Queries,
  events: readonly EventToAdd[],
): Promise<[string, RunEvent][]> {
  const of = (name: 'runId' | 'metric' | 'replayTraceId') => events.map(({ params }) => params[name])
  const rows = await queries.rows<EventRow & { place: number }>(
    sql`SELECT event.run_id, event.metric, event.record, u.place::int AS place
      FROM unnest(${of('runId')}::text[], ${of('metric')}::text[], ${of('replayTraceId')}::text[])
        WITH ORDINALITY AS u(run_id, metric, replay_trace_id, place)
      JOIN @run_events AS event USING (run_id, metric, replay_trace_id)
      WHERE event.xid <> @current_xid()`,
  )
  return rows.map(row => [events[row.place - 1]?.identity ?? '', eventOfRow(row)])
}

/** The spans that other transactions added under the same identities, by identity. */
export async function firstSpans(
  queries: Queries,
  spans: readonly SpanToAdd[],
): Promise<[string, SpanRecord][]> {
  const of = (name: 'traceId' | 'spanId') => spans.map(({ params }) => params[name])
  const rows = await queries.rows<SharingRow & { place: number }>(
    sql`SELECT span.*, u.place::int AS place
      FROM unnest(${of('traceId')}::text[], ${of('spanId')}::text[]) WITH ORDINALITY AS u(trace_id, span_id, place)
      JOIN @spans AS span USING (trace_id, span_id)
      WHERE span.xid <> @current_xid()`,
  )
  const records = spansOfRows(rows, await payloadsBeside(queries, spans, rows))
  return rows.map((row, index) => [spans[row.place - 1]?.identity ?? '', records[index] as SpanRecord])
}

/** The payloads of rows. Those that the new spans have too are not read; of an object, its start shows that it differs. */
async function payloadsBeside(
  queries: Queries,
  spans: readonly SpanToAdd[],
  rows: readonly SharingRow[],
): Promise<PayloadsOf> {
  const known = new Map(
    spans.flatMap(({ params: { inputHash, outputHash }, record: { input, output } }) => [
      [inputHash, input.json] as const,
      [outputHash, output?.json] as const,
    ]),
  )
  const unless = (hash: string | null) => (known.has(hash) ? null : hash)
  const others = rows.map(row => ({
    ...row,
    input_hash: unless(row.input_hash),
    output_hash: unless(row.output_hash),
  }))
  const otherOf = await readPayloads(queries, others, async (_, { json }) => json)
  return (traceId, hash) => (hash === null ? undefined : (known.get(hash) ?? otherOf(traceId, hash)))
}

/** Keeps the costs of duplicates whose first record had none. Returns when they were received, by the keys of their runs. */
export async function addLateCosts(
  queries: Queries,
  fates: readonly Fate[],
): Promise<ReadonlyMap<string, number>> {
  const priced = fates.flatMap(({ is, record, first, receivedAt }) =>
    is === 'duplicate' && isUnpriced(first) && record.kind === 'run-event' && record.cost
      ? [{ ...eventIdentity(record), cost: JSON.stringify(record.cost), receivedAt }]
      : [],
  )
  // The first one in the batch wins.
  const first = new Map(
    priced.toReversed().map(each => [JSON.stringify([each.runId, each.metric, each.replayTraceId]), each]),
  )
  const rows = [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  if (rows.length === 0) return new Map()
  const of = (name: keyof (typeof rows)[number]) => rows.map(row => row[name])
  await queries.run(
    sql`INSERT INTO @event_prices (event_id, received_at, cost)
      SELECT event.id, u.received_at, u.cost
      FROM unnest(${of('runId')}::text[], ${of('metric')}::text[], ${of('replayTraceId')}::text[], ${of('cost')}::text[],
        ${of('receivedAt')}::bigint[]) WITH ORDINALITY AS u(run_id, metric, replay_trace_id, cost, received_at, place)
      JOIN @run_events AS event USING (run_id, metric, replay_trace_id)
      ORDER BY u.place ON CONFLICT DO NOTHING`,
  )
  return new Map(rows.map(({ runId, receivedAt }) => [runId, receivedAt]))
}

const isUnpriced = (record: TapeRecord | undefined): boolean =>
  record?.kind === 'run-event' && record.cost === undefined
