import type {
  Changes,
  FacetQuery,
  Facets,
  Page,
  PayloadPart,
  RunRow,
  SearchHits,
  SpanHit,
  StoreHealth,
  TraceQuery,
  TraceSkeleton,
  TraceSummary,
  UsageQuery,
} from '@runtape/core/store'
import type { Checked, CheckedChanges, CheckedRunQuery, CheckedSearch } from '@runtape/core/store-helpers'
import type { BudgetUses, BudgetWindow } from '../budgets/budget-window.ts'
import type { OfReviews } from '../filtering/reviewed-runs.ts'
import type { AsOfQuery } from '../history/as-of.ts'
import type { Revision } from '../history/revisions.ts'
import type { PayloadRead } from '../trace-parts/payload.ts'
import type { TraceSearchRead } from '../trace-parts/search-trace.ts'
import type { SkeletonRead } from '../trace-parts/skeleton.ts'
import type { UsageAnswer } from '../usage/usage-answer.ts'

/** The reads that can take a long time. */
export interface Reads {
  /** Whole runs, or rows if the query asks for them. */
  runs(query: CheckedRunQuery & OfReviews): Promise<Page<RunRow>>
  usage(query: Checked<UsageQuery> & OfReviews): Promise<UsageAnswer>
  facets(query: Checked<FacetQuery>): Promise<Facets>
  revision(): Promise<string>
  health(): Promise<StoreHealth>
  budgets(windows: readonly BudgetWindow[]): Promise<BudgetUses>
  changes(query: CheckedChanges): Promise<Changes>
  asOf(query: AsOfQuery): Promise<Revision>
  traces(query: Checked<TraceQuery>): Promise<Page<TraceSummary>>
  skeleton(query: SkeletonRead): Promise<TraceSkeleton | undefined>
  payload(query: PayloadRead): Promise<PayloadPart | undefined>
  search(query: CheckedSearch): Promise<SearchHits>
  traceSearch(query: TraceSearchRead): Promise<Page<SpanHit>>
}

export type ReadName = keyof Reads
