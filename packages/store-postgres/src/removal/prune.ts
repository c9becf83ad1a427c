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
    const { removed, isOver } = await prunePart(database, part, mayGoOn)
    tally = added(tally, removed)
    if (isOver) return { ...tally, waiting: 0 }
  }
  const oldest = Math.min(before.traces ?? Infinity, before.runs ?? Infinity)
  await database.write(queries => pruneSamples(queries, oldest))
  return { ...tally, waiting: 0 }
}

interface PrunedPart {
  readonly removed: Tally
  /** Whether another process does this work, or the store is being closed. */
  readonly isOver: boolean
}

async function prunePart(
  database: Database,
  part: Removed,
  mayGoOn: PruneOptions['mayGoOn'],
): Promise<PrunedPart> {
  const { events = [], runs = [], traces = [] } = part
  if (events.length + runs.length + traces.length === 0) return { removed: nothing, isOver: false }
  const inTurn = (work: (queries: Queries) => Promise<Tally>) =>
    database.write(async queries => ((await mayGoOn(queries)) ? work(queries) : undefined))
  const isBuried = await inTurn(async queries => {
    await bury(queries, part, false)
    return nothing
  })
  if (!isBuried) return { removed: nothing, isOver: true }
  await writersEnded(database)
  let removed = nothing
  for (const some of partsOf(part)) {
    const more = await inTurn(queries => remove(queries, some, false))
    if (!more) return { removed, isOver: true }
    removed = added(removed, more)
  }
  return { removed, isOver: false }
}
