// The `Store` contract: what a store keeps and how it is asked.

export { type Change, type Changes, type ChangesQuery, removalMark } from './changes.ts'
export type { ListQuery, Page } from './lists.ts'
export type { PointInTime } from './point-in-time.ts'
export type {
  Cohort,
  CohortChange,
  CohortEntry,
  CohortEntryQuery,
  CohortItem,
  CohortPageQuery,
  CohortPut,
  Cohorts,
  CohortVersion,
} from './reviewing/cohorts.ts'
export type {
  NextQuery,
  QueueItem,
  QueueQuery,
  QueueSelection,
  Review,
  ReviewClaim,
  ReviewInput,
  ReviewProgress,
  ReviewQuery,
  ReviewQueue,
  ReviewSubject,
  Reviews,
  ReviewWithdrawal,
} from './reviewing/reviews.ts'
export type { AsOf, ChangedRecord, OfNow, Revision } from './revision.ts'
export type { FacetField, FacetQuery, Facets, FacetValue } from './runs/facets.ts'
export type { ListedRun, Run, RunFilter, RunPreview, RunQuery, RunRow, RunRowQuery } from './runs/runs.ts'
export type {
  Distribution,
  UsageCost,
  UsageDimension,
  UsageQuery,
  UsageRow,
} from './runs/usage.ts'
export type { AppendReceipt, Store, StoreDiagnostics } from './store.ts'
export type {
  Item,
  ItemBaselineFacts,
  ItemCall,
  ItemCallCounts,
  ItemCallDifference,
  ItemCallKind,
  ItemDiff,
  ItemIdentity,
  ItemQuery,
  ItemReceipt,
  ItemRecord,
  ItemResult,
  ItemRow,
  ItemScore,
  ItemThrown,
  LateItem,
} from './test-runs/items.ts'
export type {
  CodeChangeFile,
  RecordedVerdict,
  TestRun,
  TestRunCompletion,
  TestRunItems,
  TestRunOutsideCall,
  TestRunPolicy,
  TestRunQuery,
  TestRunResult,
  TestRunScores,
  TestRunStart,
  TestRunStarted,
  TestRunStatus,
  TestRunSummary,
  Verdict,
  VerdictQuery,
  VerdictWithdrawal,
} from './test-runs/test-runs.ts'
export type { SearchHit, SearchHits, SearchPlace, SearchQuery } from './traces/search.ts'
export type {
  JsonKind,
  PayloadFacts,
  PayloadName,
  PayloadPart,
  PayloadPath,
  PayloadQuery,
  SkeletonQuery,
  SpanErrorFacts,
  SpanHit,
  SpanSkeleton,
  TextPlace,
  TraceSearchQuery,
  TraceSkeleton,
  ValueFacts,
  ValueMarks,
} from './traces/trace-parts.ts'
export type { Trace, TraceOptions, TraceQuery, TraceSummary } from './traces/traces.ts'
export type {
  Budget,
  BudgetCrossing,
  BudgetFilter,
  BudgetQuery,
  BudgetState,
  Budgets,
} from './upkeep/budgets.ts'
export type {
  HealthCount,
  HealthKind,
  HealthReport,
  HealthSample,
  ReportedCount,
  StoreHealth,
  UnknownUsage,
} from './upkeep/health.ts'
export type {
  EraseOptions,
  EraseTarget,
  PruneQuery,
  RemovalOptions,
  RemovalReceipt,
} from './upkeep/removal.ts'
export type { SavedView, ViewPut, ViewSettings, Views } from './views.ts'
