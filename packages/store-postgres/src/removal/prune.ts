import type { RemovalReceipt } from '@runtape/core/store'
import type { CheckedPrune } from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { pruneSamples } from '../health/remove-samples.ts'
import { writersEnded } from '../history/moment.ts'
import { added, nothing, type Tally } from '../removed-records/tally.ts'
import { Counter } from '../targets/count-found.ts'
import { pruned } from '../targets/find-pruned.ts'
import { bury, partsOf, type Removed, remove } from './queue.ts'

/** Counts what `prune` would remove. */
export async function countPruned(database: Database, before: CheckedPrune): Promise<RemovalReceipt> {
  const counter = new Counter(database)
  for await (const part of pruned(database, before)) await counter.add(part)
  return { ...counter.tally, waiting: 0 }
}

export interface PruneOptions {
  /** Asked in each transaction; `false` ends the work. */
  readonly mayGoOn: (queries: Queries) => Promise<boolean>
}

/**
 * Removes what is older. Each part is buried, and removed after all that write know that. If this process ends in between, the
 * next `prune` finds what is left.
 */
export async function prune(
  database: Database,
  before: CheckedPrune,
  { mayGoOn }: PruneOptions,
): Promise<RemovalReceipt> {
  let tally = nothing
  for await (const part of pruned(database, before)) {
    const removed = await prunePart(database, part, mayGoOn)
    tally = added(tally, removed ?? nothing)
    if (removed === undefined) return { ...tally, waiting: 0 }
  }
  const oldest = Math.min(before.traces ?? Infinity, before.runs ?? Infinity)
  await database.write(queries => pruneSamples(queries, oldest))
  return { ...tally, waiting: 0 }
}

/** Returns `undefined` if another process does this work. */
async function prunePart(
  database: Database,
  part: Removed,
  mayGoOn: PruneOptions['mayGoOn'],
): Promise<Tally | undefined> {
  const { events = [], runs = [], traces = [] } = part
  if (events.length + runs.length + traces.length === 0) return nothing
  const may = await database.write(async queries => {
    const isOurs = await mayGoOn(queries)
    if (isOurs) await bury(queries, part, false)
    return isOurs
  })
  if (!may) return undefined
  await writersEnded(database)
  let tally = nothing
  for (const some of partsOf(part))
    tally = added(tally, await database.write(queries => remove(queries, some, false)))
  return tally
}
