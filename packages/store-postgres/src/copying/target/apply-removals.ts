import {
  type Tombstone,
  type TombstoneBook,
  tombstoneOf,
  tombstonesOf,
  unlessBuried,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { keyText } from '../../database/values.ts'
import { type EventRow, eventOfRow } from '../../records/event-rows.ts'
import { bury, partsOf, type Removed, remove } from '../../removal/queue.ts'
import { readTombstones } from '../../removal/tombstones.ts'

/** Number of records that are compared at a time. */
const atOnce = 2000

/**
 * Removes records that were copied before the source removed them. Only hashes of those are known, so this compares all
 * records. If it ends early, it begins again.
 */
export async function applyRemovals(database: Database): Promise<number> {
  return (await removeSpans(database)) + (await removeEvents(database))
}

interface Found {
  /** By whether their numbers are kept. */
  readonly runs: ReadonlyMap<string, boolean>
  readonly events: readonly number[]
  readonly traces: readonly string[]
}

interface SpanRow {
  readonly id: number
  readonly trace_id: string
  readonly run_id: string | null
  readonly session_id: string | null
  readonly source_trace_id: string | null
  readonly started_at: number
}

async function removeSpans(database: Database): Promise<number> {
  let removed = 0
  for (let after = 0; ; ) {
    const rows = await database.rows<SpanRow>(
      sql`SELECT id, trace_id, run_id, session_id, source_trace_id, started_at FROM @spans
        WHERE id > ${after} ORDER BY id LIMIT ${atOnce}::int`,
    )
    const last = rows.at(-1)
    if (last === undefined) return removed
    after = last.id
    const known = await database.read(queries =>
      readTombstones(queries, rows.flatMap(namesOfSpan), 'of removals'),
    )
    const isBuried = (row: SpanRow) =>
      namesOfSpan(row).some(name => (known.get(name)?.until ?? -Infinity) >= row.started_at)
    const traces = [...new Set(rows.filter(isBuried).map(({ trace_id }) => trace_id))]
    removed += await removeFound(database, { runs: new Map(), events: [], traces })
  }
}

// Ids of removed traces, runs and sessions are never so long that their columns shorten them, unless a caller made them.
const namesOfSpan = ({ trace_id, run_id, session_id, source_trace_id }: SpanRow): string[] => [
  tombstoneOf('trace', trace_id),
  ...(source_trace_id === null ? [] : [tombstoneOf('trace', source_trace_id)]),
  ...(run_id === null ? [] : [tombstoneOf('run', run_id)]),
  ...(session_id === null ? [] : [tombstoneOf('session', session_id)]),
]

type StoredEvent = EventRow & { readonly id: number }

async function removeEvents(database: Database): Promise<number> {
  let removed = 0
  for (let after = 0; ; ) {
    const rows = await database.rows<StoredEvent>(
      sql`SELECT id, run_id, metric, record FROM @run_events WHERE id > ${after} ORDER BY id LIMIT ${atOnce}::int`,
    )
    const last = rows.at(-1)
    if (last === undefined) return removed
    after = last.id
    removed += await removeFound(database, await database.read(queries => buriedEvents(queries, rows)))
  }
}

async function buriedEvents(queries: Queries, rows: readonly StoredEvent[]): Promise<Found> {
  const events = rows.map(row => ({ id: row.id, key: row.run_id, event: eventOfRow(row) }))
  const known = await readTombstones(
    queries,
    events.flatMap(({ event }) => tombstonesOf(event)),
    'of removals',
  )
  const book: TombstoneBook = {
    get: name => known.get(name),
    bury: (name, tombstone) => void known.set(name, tombstone),
  }
  const [runs, single, traces] = [new Map<string, boolean>(), [] as number[], new Set<string>()]
  for (const { id, key, event } of known.size === 0 ? [] : events) {
    if (unlessBuried(book, event) === event) continue
    const ofRun: Tombstone | undefined = known.get(tombstoneOf('run', event.runId))
    if (event.replay) traces.add(keyText(event.replay.traceId))
    else if (ofRun) runs.set(key, ofRun.keepsTotals)
    else single.push(id)
  }
  return { runs, events: single, traces: [...traces] }
}

async function removeFound(database: Database, { runs, events, traces }: Found): Promise<number> {
  const runsOf = (keeps: boolean) =>
    [...runs].filter(([, keepsTotals]) => keepsTotals === keeps).map(([key]) => key)
  await removeParts(database, { events, traces, runs: runsOf(false) }, false)
  await removeParts(database, { runs: runsOf(true) }, true)
  return runs.size + events.length + traces.length
}

async function removeParts(database: Database, removed: Removed, keepsTotals: boolean): Promise<void> {
  for (const part of partsOf(removed))
    await database.write(
      async queries => {
        await bury(queries, part, keepsTotals)
        await remove(queries, part, keepsTotals)
      },
      ['append', 'shared'],
    )
}
