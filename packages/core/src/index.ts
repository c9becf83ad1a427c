export type { AIConfigInit, AIConfigJSON, Message, ModelConfig, ProviderConfig, Tool } from './ai-config.ts'
export { AIConfig, AIConfigDefault } from './ai-config.ts'
export type { RuntapeErrorCode } from './errors.ts'
export { InvalidTokenError, RuntapeError } from './errors.ts'
export type { Logger } from './logger.ts'
export { consoleLogger } from './logger.ts'
export type { Cost, PriceList } from './records/cost.ts'
export type {
  CallValue,
  ErrorSummary,
  FeedbackValue,
  Metric,
  MetricValue,
  OutcomeValue,
  Payload,
  PayloadMark,
  RecordIdentity,
  ReplayMark,
  ResultKind,
  RunContext,
  RunEvent,
  ScoreValue,
  SpanError,
  SpanRecord,
  SpanReplay,
  SpanStatus,
  StreamKind,
  TapeRecord,
  ToolCallValue,
} from './records/records.ts'
export type { TokenUsage } from './records/token-usage.ts'
export type { RunIdentity } from './resumption-token.ts'
export { decodeResumptionToken, encodeResumptionToken } from './resumption-token.ts'
export type { Sink } from './sink/sink.ts'
export type { ListQuery, Page } from './store/lists.ts'
export type { PointInTime } from './store/point-in-time.ts'
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
} from './store/reviewing/cohorts.ts'
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
} from './store/reviewing/reviews.ts'
export type { AsOf, ChangedRecord, Revision } from './store/revision.ts'
export type { FacetField, FacetQuery, Facets, FacetValue } from './store/runs/facets.ts'
export type { ListedRun, Run, RunFilter, RunPreview, RunQuery } from './store/runs/runs.ts'
export type {
  Distribution,
  UsageCost,
  UsageDimension,
  UsageQuery,
  UsageRow,
} from './store/runs/usage.ts'
export type { AppendReceipt, Store, StoreDiagnostics } from './store/store.ts'
export type {
  Item,
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
} from './store/test-runs/items.ts'
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
} from './store/test-runs/test-runs.ts'
export type { SearchHit, SearchHits, SearchPlace, SearchQuery } from './store/traces/search.ts'
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
} from './store/traces/trace-parts.ts'
export type { Trace, TraceOptions, TraceQuery, TraceSummary } from './store/traces/traces.ts'
export type {
  Budget,
  BudgetCrossing,
  BudgetFilter,
  BudgetQuery,
  BudgetState,
  Budgets,
} from './store/upkeep/budgets.ts'
export type {
  HealthCount,
  HealthKind,
  HealthReport,
  HealthSample,
  ReportedCount,
  StoreHealth,
  UnknownUsage,
} from './store/upkeep/health.ts'
export type {
  EraseOptions,
  EraseTarget,
  PruneQuery,
  RemovalOptions,
  RemovalReceipt,
} from './store/upkeep/removal.ts'
export type { SavedView, ViewPut, ViewSettings, Views } from './store/views.ts'
