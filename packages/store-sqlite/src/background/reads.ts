import type { Database } from '../database/database.ts'
import { readHealth } from '../health/read-health.ts'
import { readInSlices, type SliceSize } from '../reading/in-slices.ts'
import type { Reads } from '../reading/reads.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { listRuns, readFacets, readRevision, readUsage } from '../runs.ts'
import { listTraces } from '../traces.ts'

/** Runs the reads on the calling thread, with its connection. */
export function readsOf(database: Database, rows: RunRows, slice: SliceSize): Reads {
  const reading = { database, rows, slice }
  return {
    runs: query => listRuns(reading, query),
    usage: query => readUsage(reading, query),
    facets: query => readFacets(reading, query),
    health: () => readHealth(reading),
    revision: () => readRevision(database, rows),
    traces: query => readInSlices(database, listTraces(database, query), slice),
  }
}
