import type { Cost, RunEvent } from '@runtape/core'
import { erasedRunId, withoutPerson } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { now } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { type EventRow, eventOfRow, eventParams } from '../records/event-rows.ts'
import { selectEvents } from '../records/read-runs.ts'
import { forgetTexts } from '../searched-texts/forget-texts.ts'
import { deleteEvents } from './delete-events.ts'

/** A run whose numbers are kept under another id. */
export interface MovedRun {
  readonly key: string
  readonly to: string
}

/** @param ids the ids of runs by their keys */
export const movedRuns = (ids: ReadonlyMap<string, string>): MovedRun[] =>
  [...ids].map(([key, id]) => ({ key, to: keyText(erasedRunId(id)) }))

interface StoredRow extends EventRow {
  readonly id: number
}

/** Keeps the numbers of these runs under their other ids. Returns the number of events that are kept. */
export async function moveNumbers(queries: Queries, moved: readonly MovedRun[]): Promise<number> {
  if (moved.length === 0) return 0
  const rows = await queries.rows<StoredRow>(
    sql`${selectEvents(now)} WHERE event.run_id = ANY(${moved.map(({ key }) => key)}::text[])
      AND event.replay_trace_id = '' ORDER BY event.id`,
  )
  await dropLateOnes(queries, rows, moved)
  return (await keepNumbers(queries, rows)).size
}

/**
 * Keeps the numbers of events in their rows, so that bills as of earlier moments have them too. Returns the ids of those that
 * have any.
 *
 * @param runId the run that keeps them. Default: the other id of their run
 */
export async function keepNumbers(
  queries: Queries,
  rows: readonly StoredRow[],
  runIdOf: (event: RunEvent) => string | undefined = () => undefined,
): Promise<ReadonlySet<number>> {
  const kept = rows.flatMap(row => {
    // A later cost stays in its row.
    const event = eventOfRow({ ...row, later_cost: null })
    const left = withoutPerson(event, runIdOf(event))
    return left ? [{ id: row.id, params: eventParams(left) }] : []
  })
  const ids = kept.map(({ id }) => id)
  if (kept.length === 0) return new Set()
  const of = (name: 'runId' | 'metric' | 'status' | 'record') => kept.map(({ params }) => params[name])
  await queries.run(
    sql`UPDATE @run_events AS event SET run_id = u.run_id, metric = u.metric, trace_id = NULL, status = u.status,
      record = u.record
      FROM unnest(${ids}::bigint[], ${of('runId')}::text[], ${of('metric')}::text[],
        ${of('status')}::text[], ${of('record')}::text[]) AS u(id, run_id, metric, status, record)
      WHERE event.id = u.id`,
  )
  await forgetTexts(queries, ids)
  return new Set(ids)
}

interface LateRow {
  readonly id: number
  readonly first_id: number
  readonly record: string
  readonly later_cost: string | null
}

/** Late events may have arrived under the other id already. The first ones count; a cost that only the late one has stays. */
async function dropLateOnes(
  queries: Queries,
  rows: readonly StoredRow[],
  moved: readonly MovedRun[],
): Promise<void> {
  const other = new Map(moved.map(({ key, to }) => [key, to]))
  const late = await queries.rows<LateRow>(
    sql`SELECT late.id, u.id AS first_id, late.record, price.cost AS later_cost
      FROM unnest(${rows.map(({ id }) => id)}::bigint[], ${rows.map(row => other.get(row.run_id))}::text[],
        ${rows.map(({ metric }) => metric)}::text[]) AS u(id, run_id, metric)
      JOIN @run_events AS late ON late.run_id = u.run_id AND late.metric = u.metric AND late.replay_trace_id = ''
      LEFT JOIN @event_prices AS price ON price.event_id = late.id`,
  )
  if (late.length === 0) return
  const costs = late.flatMap(({ first_id, record, later_cost }) => {
    const own = (JSON.parse(record) as { cost?: Cost }).cost
    const cost = later_cost ?? (own && JSON.stringify(own))
    const first = rows.find(({ id }) => id === first_id)
    return cost && first && eventOfRow(first).cost === undefined ? [{ first_id, cost }] : []
  })
  await queries.run(
    sql`INSERT INTO @event_prices (event_id, received_at, cost)
      SELECT u.id, ${receivedNow}, u.cost
      FROM unnest(${costs.map(({ first_id }) => first_id)}::bigint[], ${costs.map(({ cost }) => cost)}::text[])
        AS u(id, cost) ON CONFLICT DO NOTHING`,
  )
  await deleteEvents(queries, sql`event.id = ANY(${late.map(({ id }) => id)}::bigint[])`)
}
