import type { Store, StoreHealth } from '@runtape/core/store'
import {
  type KeptAges,
  readHealthReport,
  readUsageQuery,
  requireNow,
  unknownUsageOf,
} from '@runtape/core/store-helpers'
import type { Database, Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { now } from '../history/moment.ts'
import { rootConditions } from '../traces/root-conditions.ts'
import { billAt } from '../usage/usage.ts'
import { addReport } from './add-report.ts'
import { keptCounts } from './health-counts.ts'

/** The `health` part of the store. */
export const healthPart = (database: Database, retention: KeptAges): Store['health'] => ({
  get: async options => {
    requireNow('health.get', options)
    const health = await database.read(readHealth)
    return { ...health, ...(Object.keys(retention).length > 0 && { retention }) }
  },
  report: async given => {
    const report = readHealthReport(given)
    await database.write(queries => addReport(queries, report), ['append', 'shared'])
  },
})

const byModel = readUsageQuery({ groupBy: ['provider', 'model'] })

async function readHealth(queries: Queries): Promise<StoreHealth> {
  const bill = await billAt(queries, byModel, now)
  const [found] = await queries.rows<{ traces: number; oldest: number | null }>(
    sql`SELECT (SELECT count(*) FROM @spans AS root WHERE ${rootConditions({}, now)}) AS traces,
      least(
        (SELECT min(first_at) FROM @runs WHERE first_at IS NOT NULL),
        (SELECT min(started_at) FROM @spans WHERE parent_span_id IS NULL AND test_run_id IS NULL)) AS oldest`,
  )
  const oldestAt = found?.oldest ?? undefined
  return {
    counts: await keptCounts(queries),
    ...unknownUsageOf(bill),
    runs: bill.reduce((sum, { runs }) => sum + runs, 0),
    traces: found?.traces ?? 0,
    ...(oldestAt !== undefined && { oldestAt }),
    bytes: await bytesOf(queries),
  }
}

/** Size of the tables, with their indexes and compressed texts. A database may have other schemas. */
async function bytesOf(queries: Queries): Promise<number> {
  const [size] = await queries.rows<{ bytes: number }>(
    sql`SELECT coalesce(sum(pg_total_relation_size(own.oid)), 0)::bigint AS bytes FROM pg_class AS own
      WHERE own.relkind = 'r' AND own.relnamespace =
        (SELECT relnamespace FROM pg_class WHERE oid = '@meta'::regclass)`,
  )
  return size?.bytes ?? 0
}
