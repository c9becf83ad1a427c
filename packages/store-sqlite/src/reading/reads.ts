import type {
  FacetQuery,
  Facets,
  ListedRun,
  Page,
  PayloadPart,
  RunQuery,
  SearchHits,
  SpanHit,
  StoreHealth,
  TraceQuery,
  TraceSkeleton,
  TraceSummary,
  UsageQuery,
} from '@runtape/core/store'
import type { Checked, CheckedSearch } from '@runtape/core/store-helpers'
import type { BudgetUses, BudgetWindow } from '../budgets/budget-window.ts'
import type { AsOfQuery } from '../history/as-of.ts'
import type { Revision } from '../history/revisions.ts'
import type { PayloadRead } from '../trace-parts/payload.ts'
import type { TraceSearchRead } from '../trace-parts/search-trace.ts'
import type { SkeletonRead } from '../trace-parts/skeleton.ts'
import type { UsageAnswer } from '../usage/usage-answer.ts'

/** The reads that can take a long time. */
export interface Reads {
  runs(query: Checked<RunQuery>): Promise<Page<ListedRun>>
  usage(query: Checked<UsageQuery>): Promise<UsageAnswer>
  facets(query: Checked<FacetQuery>): Promise<Facets>
  revision(): Promise<string>
  health(): Promise<StoreHealth>
  budgets(windows: readonly BudgetWindow[]): Promise<BudgetUses>
  asOf(query: AsOfQuery): Promise<Revision>
  traces(query: Checked<TraceQuery>): Promise<Page<TraceSummary>>
  skeleton(query: SkeletonRead): Promise<TraceSkeleton | undefined>
  payload(query: PayloadRead): Promise<PayloadPart | undefined>
  search(query: CheckedSearch): Promise<SearchHits>
  traceSearch(query: TraceSearchRead): Promise<Page<SpanHit>>
}

export type ReadName = keyof Reads
