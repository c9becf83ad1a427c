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
export type {
  Budget,
  BudgetCrossing,
  BudgetFilter,
  BudgetQuery,
  BudgetState,
  Budgets,
} from './store/budgets.ts'
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
} from './store/cohorts.ts'
export type { FacetField, FacetQuery, Facets, FacetValue } from './store/facets.ts'
export type {
  HealthCount,
  HealthKind,
  HealthReport,
  HealthSample,
  ReportedCount,
  StoreHealth,
  UnknownUsage,
} from './store/health.ts'
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
} from './store/items.ts'
export type { ListQuery, Page } from './store/lists.ts'
export type { PointInTime } from './store/point-in-time.ts'
export type {
  EraseOptions,
  EraseTarget,
  PruneQuery,
  RemovalOptions,
  RemovalReceipt,
} from './store/removal.ts'
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
} from './store/reviews.ts'
export type { AsOf, ChangedRecord, Revision } from './store/revision.ts'
export type { ListedRun, Run, RunFilter, RunPreview, RunQuery } from './store/runs.ts'
export type { SearchHit, SearchHits, SearchPlace, SearchQuery } from './store/search.ts'
export type { AppendReceipt, Store, StoreDiagnostics } from './store/store.ts'
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
} from './store/test-runs.ts'
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
} from './store/trace-parts.ts'
export type { Trace, TraceOptions, TraceQuery, TraceSummary } from './store/traces.ts'
export type {
  Distribution,
  UsageCost,
  UsageDimension,
  UsageQuery,
  UsageRow,
} from './store/usage.ts'
export type { SavedView, ViewPut, ViewSettings, Views } from './store/views.ts'
