import { eventTombstone, type Tombstone, tombstoneOf } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { receivedNow } from '../history/received-now.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { runIdsOf, traceIdsOf } from '../records/full-ids.ts'
import { removeEvents } from '../removed-records/remove-events.ts'
import { removeRuns } from '../removed-records/remove-runs.ts'
import { removeTraces } from '../removed-records/remove-traces.ts'
import { added, nothing, type Tally } from '../removed-records/tally.ts'
import { chunks } from './chunks.ts'
import { buryAll } from './tombstones.ts'

/** What is to be removed, by keys; events by their `id`. */
export interface Removed {
  readonly events?: readonly number[]
  readonly runs?: readonly string[]
  readonly traces?: readonly string[]
}

const forever: Tombstone = { until: Infinity, keepsTotals: false }

/** Adds the tombstones of what is to be removed. */
export async function bury(
  queries: Queries,
  { events = [], runs = [], traces = [] }: Removed,
  keepsTotals: boolean,
): Promise<void> {
  const runIds = await runIdsOf(queries, runs)
  const traceIds = await traceIdsOf(queries, traces)
  const rows = await queries.rows<EventRow>(
    sql`SELECT run_id, metric, record FROM @run_events WHERE id = ANY(${events}::bigint[])`,
  )
  await buryAll(
    queries,
    new Map([
      ...rows.map(row => [eventTombstone(eventOfRow(row)), forever] as const),
      ...[...runIds.values()].map(id => [tombstoneOf('run', id), { ...forever, keepsTotals }] as const),
      ...[...traceIds.values()].map(id => [tombstoneOf('trace', id), forever] as const),
    ]),
    'removal',
  )
}

/** Removes what was buried. */
export async function remove(
  queries: Queries,
  { events = [], runs = [], traces = [] }: Removed,
  keepsTotals: boolean,
): Promise<Tally> {
  // Events before runs, so that what is kept of an event stays in its run.
  const ofEvents = await removeEvents(queries, events, keepsTotals)
  const ofRuns = await removeRuns(queries, runs, keepsTotals)
  return [ofEvents, ofRuns, await removeTraces(queries, traces)].reduce<Tally>(added, nothing)
}

/** An erasure: the hash of its target, and whether numbers are kept. */
export interface Erasure {
  readonly of: string
  readonly keepsTotals: boolean
}

const kinds = ['event', 'run', 'trace'] as const
type Kind = (typeof kinds)[number]

/** Buries, and keeps in the queue of the erasure until it is removed. If this process ends before, the next one finds it there. */
export async function enqueue(
  queries: Queries,
  removed: Removed,
  { of, keepsTotals }: Erasure,
): Promise<void> {
  await bury(queries, removed, keepsTotals)
  const { events = [], runs = [], traces = [] } = removed
  const lists: Readonly<Record<Kind, readonly string[]>> = {
    event: events.map(String),
    run: runs,
    trace: traces,
  }
  for (const kind of kinds)
    await queries.run(
      sql`INSERT INTO @removals (kind, id, of, keeps_totals, queued_at)
        SELECT ${kind}::text, id, ${of}::text, ${keepsTotals}::boolean, ${receivedNow}
        FROM unnest(${[...lists[kind]].sort()}::text[]) AS given(id) ON CONFLICT DO NOTHING`,
    )
}

/** What is in the queue of an erasure. */
export async function queued(queries: Queries, of: string): Promise<Required<Removed>> {
  const rows = await queries.rows<{ kind: Kind; id: string }>(
    sql`SELECT kind, id FROM @removals WHERE of = ${of}`,
  )
  return removedOf(rows)
}

function removedOf(rows: readonly { readonly kind: Kind; readonly id: string }[]): Required<Removed> {
  const idsOf = (kind: Kind) => rows.flatMap(row => (row.kind === kind ? [row.id] : []))
  return { events: idsOf('event').map(Number), runs: idsOf('run'), traces: idsOf('trace') }
}

/** Number of runs, traces or events that one transaction removes. */
const atOnce = 200

/** In parts of which each is removed in one transaction. */
export function* partsOf({ events = [], runs = [], traces = [] }: Removed): Generator<Removed> {
  for (const some of chunks(events, atOnce)) yield { events: some }
  for (const some of chunks(runs, atOnce)) yield { runs: some }
  for (const some of chunks(traces, atOnce)) yield { traces: some }
}

/** Removes everything in the queue of an erasure, a part in each transaction. */
export async function drain(database: Database, of: string): Promise<Tally> {
  let tally = nothing
  for (;;) {
    const removed = await database.write(queries => removeSome(queries, of))
    if (removed === undefined) return tally
    tally = added(tally, removed)
  }
}

/** Returns `undefined` if the queue is empty. */
async function removeSome(queries: Queries, of: string): Promise<Tally | undefined> {
  const rows = await queries.rows<{ kind: Kind; id: string; keeps_totals: boolean }>(
    sql`DELETE FROM @removals WHERE of = ${of} AND (kind, id) IN (
        SELECT kind, id FROM @removals WHERE of = ${of} ORDER BY kind, id LIMIT ${atOnce}::bigint FOR UPDATE
      ) RETURNING kind, id, keeps_totals`,
  )
  let tally = nothing
  for (const keepsTotals of [false, true]) {
    const own = rows.filter(row => row.keeps_totals === keepsTotals)
    if (own.length > 0) tally = added(tally, await remove(queries, removedOf(own), keepsTotals))
  }
  if (rows.length > 0) return tally
  // Another process may have removed the rows that this one waited for.
  const [left] = await queries.rows(sql`SELECT 1 FROM @removals WHERE of = ${of} LIMIT 1`)
  return left === undefined ? undefined : tally
}
