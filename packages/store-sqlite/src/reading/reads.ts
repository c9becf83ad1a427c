import type {
  Changes,
  FacetQuery,
  Facets,
  Page,
  PayloadPart,
  Revision as RevisionText,
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
import type { SpanListRead } from '../trace-parts/span-list.ts'
import type { UsageAnswer } from '../usage/usage-answer.ts'

/** Part of a read. Default: everything received so far. */
interface AsOfRead {
  readonly asOf?: RevisionText | number
}

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
  skeleton(query: SpanListRead & AsOfRead): Promise<TraceSkeleton | undefined>
  payload(query: PayloadRead & AsOfRead): Promise<PayloadPart | undefined>
  search(query: CheckedSearch): Promise<SearchHits>
  traceSearch(query: TraceSearchRead & AsOfRead): Promise<Page<SpanHit>>
}

export type ReadName = keyof Reads
