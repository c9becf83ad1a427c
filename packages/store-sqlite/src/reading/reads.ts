import type {
  FacetQuery,
  Facets,
  ListedRun,
  Page,
  RunQuery,
  StoreHealth,
  TraceQuery,
  TraceSummary,
  UsageQuery,
} from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'
import type { UsageAnswer } from '../usage/usage-answer.ts'

/** The reads that can take a long time. */
export interface Reads {
  runs(query: Checked<RunQuery>): Promise<Page<ListedRun>>
  usage(query: Checked<UsageQuery>): Promise<UsageAnswer>
  facets(query: Checked<FacetQuery>): Promise<Facets>
  revision(): Promise<string>
  health(): Promise<StoreHealth>
  traces(query: Checked<TraceQuery>): Promise<Page<TraceSummary>>
}

export type ReadName = keyof Reads
