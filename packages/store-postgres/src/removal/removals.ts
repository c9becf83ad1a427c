import type { RemovalReceipt, Store } from '@runtape/core/store'
import {
  readEraseOptions,
  readEraseTarget,
  readPruneQuery,
  readRemovalOptions,
} from '@runtape/core/store-helpers'
import { deleteUnusedBlobs } from '../blobs/unused.ts'
import type { Database, Queries } from '../database/database.ts'
import { lockKeys } from '../database/locks.ts'
import { sql } from '../database/sql.ts'
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
    const receipt = await prune(database, query, { mayGoOn: async () => !isClosing() })
    return withLeftover(receipt, await tidy(database, receipt, isClosing))
  },
  erase: async (given, options) => {
    const target = readEraseTarget(given)
    const { dryRun, keepTotals } = readEraseOptions(options)
    if (dryRun) return countErased(database, target)
    const receipt = await erase(database, target, keepTotals)
    const left = withLeftover(receipt, await tidy(database, receipt, isClosing))
    return isEmpty(receipt) ? left : { ...left, inFiles }
  },
})

/** `prune` for the retention. Does nothing, or stops, while another process does the same. */
export const pruningAlone =
  (database: Database, isClosing: () => boolean): Store['prune'] =>
  async query => {
    const mayGoOn = async (queries: Queries) =>
      !isClosing() && (await takesRetention(queries, database.schema))
    const receipt = await prune(database, readPruneQuery(query), { mayGoOn })
    return withLeftover(receipt, await tidy(database, receipt, isClosing))
  }

async function takesRetention(queries: Queries, schema: string): Promise<boolean> {
  const keys = lockKeys(schema, 'retention')
  const [row] = await queries.rows<{ ours: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(${keys[0]}::int, ${keys[1]}::int) AS ours`,
  )
  return row?.ours === true
}

/** Deletes the objects of removed payloads, and bounds what removals leave behind. Returns what is left, if anything. */
async function tidy(
  database: Database,
  receipt: RemovalReceipt,
  isClosing: () => boolean,
): Promise<string | undefined> {
  if (!isEmpty(receipt)) {
    await database.write(mergeRemovedRuns)
    await forgetOldChanges(database)
  }
  const count = await deleteUnusedBlobs(database, database.bodies, isClosing)
  return leftInBlobs(count)
}

/** What is left of removed payloads, if anything. */
export function leftInBlobs(count: number): string | undefined {
  if (count === 0) return undefined
  return `${count} objects of removed payloads are still in the blob store. Call it again when that can be reached.`
}

const withLeftover = (receipt: RemovalReceipt, leftover: string | undefined): RemovalReceipt =>
  leftover === undefined ? receipt : { ...receipt, leftover }

const isEmpty = ({ traces, spans, runs, runEvents }: RemovalReceipt): boolean =>
  traces + spans + runs + runEvents === 0

const inFiles =
  'No query returns it any more, but the files of the server can contain its bytes until Postgres uses their space again. To rewrite them now, run VACUUM FULL on the tables, or "runtape erase" with --vacuum; it blocks other work meanwhile.'
