import type { RemovalReceipt, Store } from '@runtape/core/store'
import {
  readEraseOptions,
  readEraseTarget,
  readPruneQuery,
  readRemovalOptions,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { countErased, erase } from './erase.ts'
import { countPruned, prune } from './prune.ts'
import { forgetOldChanges } from './removal-changes.ts'
import { mergeRemovedRuns } from './removed-runs.ts'

/** `prune` and `erase` of the store. */
export const removalsPart = (
  database: Database,
  isClosing: () => boolean,
): Pick<Store, 'prune' | 'erase'> => ({
  prune: async (given, options) => {
    const query = readPruneQuery(given)
    const { dryRun } = readRemovalOptions(options)
    if (dryRun) return countPruned(database, query)
    return tidied(database, await prune(database, query, { mayGoOn: async () => !isClosing() }))
  },
  erase: async (given, options) => {
    const target = readEraseTarget(given)
    const { dryRun, keepTotals } = readEraseOptions(options)
    if (dryRun) return countErased(database, target)
    const receipt = await tidied(database, await erase(database, target, keepTotals))
    return isEmpty(receipt) ? receipt : { ...receipt, leftover }
  },
})

/** Bounds what removals leave behind. */
async function tidied(database: Database, receipt: RemovalReceipt): Promise<RemovalReceipt> {
  if (isEmpty(receipt)) return receipt
  await database.write(mergeRemovedRuns, ['append', 'shared'])
  await forgetOldChanges(database)
  return receipt
}

const isEmpty = ({ traces, spans, runs, runEvents }: RemovalReceipt): boolean =>
  traces + spans + runs + runEvents === 0

const leftover =
  'No query returns it any more, but the files of the server can contain its bytes until Postgres uses their space again. To rewrite them now, run VACUUM FULL on the tables, or "runtape erase" with --vacuum; it blocks other work meanwhile.'
