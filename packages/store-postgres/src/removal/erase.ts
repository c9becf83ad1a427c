import { keyTombstone } from '@runtape/core/internal'
import type { EraseTarget, RemovalReceipt } from '@runtape/core/store'
import { contextTombstone, tombstoneOf } from '@runtape/core/store-helpers'
import { eraseBudgets } from '../budgets/erase-budgets.ts'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { eraseSamples } from '../health/remove-samples.ts'
import { writersEnded } from '../history/moment.ts'
import { receivedNow } from '../history/received-now.ts'
import { runIdsOf, traceIdsOf } from '../records/full-ids.ts'
import { Counter } from '../targets/count-found.ts'
import { Found } from '../targets/find-erased.ts'
import { eraseViews } from '../views/views.ts'
import { drain, type Erasure, enqueue, partsOf, queued } from './queue.ts'
import { buryAll } from './tombstones.ts'

/** Counts what an erasure would remove. */
export async function countErased(database: Database, target: EraseTarget): Promise<RemovalReceipt> {
  const found = new Found()
  await found.addNamed(database, target)
  found.add(await database.read(queries => queued(queries, nameOf(target))))
  await found.addRelated(database)
  const counter = new Counter(database)
  await counter.add({ events: [...found.events], runs: [...found.runs], traces: [...found.traces] })
  return { ...counter.tally, waiting: 0 }
}

/**
 * Erases a target. Tombstones come first, and everything found is queued before anything is removed: if this process ends,
 * the next erasure of the same target removes the rest.
 */
export async function erase(
  database: Database,
  target: EraseTarget,
  keepsTotals: boolean,
): Promise<RemovalReceipt> {
  const erasure = { of: nameOf(target), keepsTotals }
  await database.write(queries => begin(queries, target, erasure))
  // Those that write without knowing the tombstone.
  await writersEnded(database)
  const found = await find(database, target, erasure)
  const ids = await database.read(async queries => ({
    runs: new Set((await runIdsOf(queries, [...found.runs])).values()),
    traces: new Set((await traceIdsOf(queries, [...found.traces])).values()),
  }))
  const tally = await drain(database, erasure.of)
  await database.write(async queries => {
    await eraseSamples(queries, target, ids.runs, ids.traces)
    await eraseBudgets(queries, target)
  })
  return { ...tally, waiting: 0 }
}

/** The name of the target's tombstone. */
function nameOf(target: EraseTarget): string {
  if ('runId' in target) return tombstoneOf('run', target.runId)
  if ('traceId' in target) return tombstoneOf('trace', target.traceId)
  if ('sessionId' in target) return tombstoneOf('session', target.sessionId)
  return contextTombstone(target.context.kind, target.context.key)
}

async function begin(queries: Queries, target: EraseTarget, { of, keepsTotals }: Erasure): Promise<void> {
  const isForGood = 'runId' in target || 'traceId' in target
  const [clock] = await queries.rows<{ at: number }>(sql`SELECT ${receivedNow} AS at`)
  const until = isForGood ? Infinity : (clock?.at ?? 0)
  const tombstone = { until, keepsTotals: keepsTotals && !('traceId' in target) }
  const names = 'context' in target ? [of, keyTombstone(target.context.key)] : [of]
  await buryAll(queries, new Map(names.map(name => [name, tombstone])), 'removal')
  await eraseViews(queries, target)
}

/** Finds, buries and queues until nothing new has arrived meanwhile. */
async function find(database: Database, target: EraseTarget, erasure: Erasure): Promise<Found> {
  const [found, known] = [new Found(), new Found()]
  await found.addNamed(database, target)
  found.add(await database.read(queries => queued(queries, erasure.of)))
  for (;;) {
    await found.addRelated(database)
    const fresh = found.without(known)
    if (fresh.events.length + fresh.runs.length + fresh.traces.length === 0) return found
    for (const part of partsOf(fresh)) await database.write(queries => enqueue(queries, part, erasure))
    known.add(fresh)
    await writersEnded(database)
  }
}
