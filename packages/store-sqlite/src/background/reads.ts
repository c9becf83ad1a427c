import { readBudgetUses } from '../budgets/budget-uses.ts'
import type { Database } from '../database/database.ts'
import { readHealth } from '../health/read-health.ts'
import { type AsOfQuery, revisionAsOf } from '../history/as-of.ts'
import { readChanges } from '../history/read-changes.ts'
import { listTraces } from '../listing/list-traces.ts'
import { readInSlices, type Sliced } from '../reading/in-slices.ts'
import type { Reading } from '../reading/reading.ts'
import type { Reads } from '../reading/reads.ts'
import { known } from '../records/runs-with-ids.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { listRuns, readFacets, readRevision, readUsage } from '../runs.ts'
import { readSearch } from '../searching/search-store.ts'
import { readPayload } from '../trace-parts/payload.ts'
import { searchTrace } from '../trace-parts/search-trace.ts'
import { readSkeleton } from '../trace-parts/skeleton.ts'
import { TraceOrders } from '../trace-parts/trace-order.ts'

/** Runs the reads on the calling thread, with its connection. */
export function readsOf(
  database: Database,
  rows: RunRows,
  { slice, fillsSearch, index }: Pick<Reading, 'slice' | 'fillsSearch' | 'index'>,
): Reads {
  const reading = { database, rows, slice, fillsSearch, index }
  const orders = new TraceOrders(database)
  /** The revision of the first page of a read of spans. Default: none, for the current one. */
  const revisionOf = async ({
    asOf,
    cursor,
  }: {
    readonly asOf?: AsOfQuery['asOf']
    readonly cursor?: string
  }) =>
    asOf === undefined || cursor !== undefined
      ? undefined
      : revisionAsOf(database, rows, { asOf, isWhole: true })
  const inSlices = <T>(work: Sliced<T>) => readInSlices(database, work, slice)
  return {
    runs: query => listRuns(reading, query),
    usage: query => readUsage(reading, query),
    facets: query => readFacets(reading, query),
    budgets: windows => readBudgetUses(reading, windows),
    health: () => readHealth(reading),
    revision: () => readRevision(database, rows),
    changes: query => readChanges(reading, query),
    asOf: query => revisionAsOf(database, rows, query),
    traces: query => listTraces(reading, query),
    skeleton: async query => inSlices(readSkeleton(database, orders, query, await revisionOf(query))),
    payload: async ({ asOf, ...query }) => {
      const { spanId } = (await revisionOf({ asOf })) ?? known
      return inSlices(readPayload(database, query, spanId))
    },
    search: query => readSearch(reading, query),
    traceSearch: async query => inSlices(searchTrace(database, orders, query, await revisionOf(query))),
  }
}
