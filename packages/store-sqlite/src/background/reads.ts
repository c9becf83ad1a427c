import type { ListedRun, Page, RunQuery, TraceQuery, TraceSummary, UsageQuery } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { readInSlices, type SliceSize } from '../reading/in-slices.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { listRuns, readRevision, readUsage } from '../runs.ts'
import { listTraces } from '../traces.ts'
import type { UsageAnswer } from '../usage/usage-answer.ts'

/** The reads that can take long: what each takes and returns. */
export interface Reads {
  runs(query: Checked<RunQuery>): Promise<Page<ListedRun>>
  usage(query: Checked<UsageQuery>): Promise<UsageAnswer>
  revision(): Promise<string>
  traces(query: Checked<TraceQuery>): Promise<Page<TraceSummary>>
}

export type ReadName = keyof Reads

/** The reads on a connection, on the thread that calls them. */
export function readsOf(database: Database, rows: RunRows, slice: SliceSize): Reads {
  const reading = { database, rows, slice }
  return {
    runs: query => listRuns(reading, query),
    usage: query => readUsage(reading, query),
    revision: () => readRevision(database, rows),
    traces: query => readInSlices(database, listTraces(database, query), slice),
  }
}
