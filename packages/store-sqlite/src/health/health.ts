import type { Store } from '@runtape/core/store'
import { readHealthReport, requireNow } from '@runtape/core/store-helpers'
import { inOwnTransaction } from '../append/append-in-slices.ts'
import type { Database } from '../database/database.ts'
import type { Reads } from '../reading/reads.ts'
import { addReport } from './health-counts.ts'

/** The `health` part of the store. */
export function healthPart(
  database: Database,
  reads: Reads,
  {
    busyTimeoutMs,
    retention,
  }: { readonly busyTimeoutMs: number; readonly retention: Readonly<Record<string, string>> },
): Required<Store['health']> {
  return {
    get: async options => {
      requireNow('health.get', options)
      return { ...(await reads.health()), ...(Object.keys(retention).length > 0 && { retention }) }
    },
    report: async given => {
      const report = readHealthReport(given)
      database.assertOpen()
      await inOwnTransaction(database, busyTimeoutMs, () => addReport(database, report))
    },
    reportSync: given => {
      const report = readHealthReport(given)
      database.transaction(() => addReport(database, report))
    },
  }
}
