// For authors of stores: shared parts in which implementations of the `Store` contract must not differ.

export { type InTurns, inOneTurn } from './payloads/in-turns.ts'
export { payloadPart } from './payloads/payload-part.ts'
export { endOfPart } from './payloads/string-page.ts'
export { ChangePage } from './query/change-page.ts'
export { withCheckedArguments } from './query/checked-arguments.ts'
export {
  type CursorPlace,
  type CursorStep,
  cursorsOf,
  isBackwards,
  markOf,
  type PageRead,
  pageInOrder,
  pageOf,
  pageOfFound,
} from './query/page.ts'
export { readAsOf } from './query/read-as-of.ts'
export {
  type BudgetUse,
  budgetState,
  crossingOf,
  isErasedBudget,
  isSameBudget,
  levelNumbers,
  levelsOf,
  mostCrossings,
  readBudget,
  readBudgetQuery,
  windowStart,
} from './query/read-budget.ts'
export { type CheckedChanges, readChangesQuery, revisionUnknown } from './query/read-changes.ts'
export {
  type CheckedChange,
  type CohortRef,
  cohortConflict,
  cohortTaken,
  noCohort,
  readCohortChange,
  readCohortEntryQuery,
  readCohortName,
  readCohortPage,
  readCohortRef,
  tracesNotOnTape,
} from './query/read-cohort.ts'
export { healthKinds, mostSamples, readHealthReport } from './query/read-health.ts'
export { requireNow } from './query/read-of-now.ts'
export {
  type Checked,
  type CheckedRunQuery,
  readFacetQuery,
  readListQuery,
  readRunQuery,
  readTraceOptions,
  readTraceQuery,
  readUsageQuery,
} from './query/read-query.ts'
export {
  type CheckedPrune,
  readEraseOptions,
  readEraseTarget,
  readPruneQuery,
  readRemovalOptions,
} from './query/read-removal.ts'
export {
  type CheckedNext,
  type CheckedQueue,
  type CheckedReview,
  type CheckedReviewQuery,
  type CheckedSubject,
  nothingToReview,
  readNext,
  readProgress,
  readQueueQuery,
  readReview,
  readReviewer,
  readReviewQuery,
} from './query/read-review.ts'
export { type CheckedSearch, needsRun, readSearchQuery, runFilterOf } from './query/read-search.ts'
export {
  type CheckedItemQuery,
  itemJson,
  readItem,
  readItemIdentity,
  readItemQuery,
  readTestRunEnd,
  readTestRunQuery,
  readTestRunStart,
  readVerdict,
  readVerdictQuery,
  readVerdictTrace,
  readWithdrawal,
} from './query/read-test-runs.ts'
export {
  readPayloadQuery,
  readSkeletonQuery,
  readTraceSearch,
} from './query/read-trace-parts.ts'
export {
  mostViews,
  namesErased,
  readViewName,
  readViewPut,
  readViewVersion,
  tooManyViews,
  viewConflict,
} from './query/read-view.ts'
export { checkedRetention, type KeptAges, type Retention, startRetention } from './query/retention.ts'
export { decodeText, encodeText, isEncodedText, parseTexts } from './records/exact-text.ts'
export { countedAt, isOfRunItself, isPossibleTime } from './records/received-time.ts'
export { assertRecord, knownFields, recordName, recordProblem } from './records/record-problem.ts'
export { identityOf } from './records/records.ts'
export { sameJson } from './records/same-json.ts'
export { compareSiblings, orderingSpans, orderSpans, type SpanPlace } from './records/span-order.ts'
export type { ReviewBook } from './reviewing/review-book.ts'
export { nextItem, queuePage, reviewProgress } from './reviewing/review-queue.ts'
export {
  contextTombstone,
  eventTombstone,
  type Tombstone,
  type TombstoneBook,
  tombstonesOf,
  unlessBuried,
} from './runs/buried.ts'
export { erasedRunId, tombstoneOf, withoutPerson } from './runs/erased-run.ts'
export { compareFacets, type FacetText, facetsOf, facetTexts } from './runs/facets.ts'
export {
  buriedNamesOf,
  conflictingValues,
  conflictKey,
  isErasedSample,
  misdatedReason,
  sampleOfRecord,
} from './runs/health-sample.ts'
export { listedRun, runRow, runsPage } from './runs/listed-run.ts'
export type { Booking, RunBill } from './runs/run-bill.ts'
export { billOfRun, bookingsOf, nanoUsdOfBill, tokensOfBill } from './runs/run-bill.ts'
export {
  attributeTexts,
  type RootFacts,
  rootFacts,
  rootTexts,
  runFacts,
  type TraceFacts,
  traceFacts,
} from './runs/run-facts.ts'
export { passesFilter, type TraceFactsOf } from './runs/run-filter.ts'
export { runOfEvents } from './runs/run-of-events.ts'
export { previewInTrace, previewLength, previewOf } from './runs/run-preview.ts'
export { type Excerpt, excerptOf } from './search/excerpt.ts'
export { findInSpan, type SpanTexts } from './search/find-in-span.ts'
export { folded } from './search/fold-text.ts'
export {
  type SearchedText,
  searchedJson,
  textsOfEvent,
  textsOfRoot,
} from './search/searched-texts.ts'
export { lengthOfTime, pointInTime } from './store/point-in-time.ts'
export { itemRow, wholeItem, withLate } from './test-runs/item-row.ts'
export { standingVerdicts } from './test-runs/standing-verdicts.ts'
export { type TestRunHost, TestRunMemory } from './test-runs/test-run-memory.ts'
export { testRunResult } from './test-runs/test-run-result.ts'
export { deferOutput, deferredPayload } from './traces/deferred-output.ts'
export { partsOfSpans, type SpanSource } from './traces/parts-of-spans.ts'
export { messageLength, shortMessage } from './traces/span-skeleton.ts'
export { traceSummary } from './traces/trace-summary.ts'
export { exactSum, sumTooLarge } from './usage/exact-sum.ts'
export { needsPerson, type PastQuery, periodPruned, type RemovedRuns, wasIn } from './usage/period-pruned.ts'
export type { TimeDimension, TimeLabels } from './usage/time-zone.ts'
export { timeLabels } from './usage/time-zone.ts'
export { hasUnknownUsage, unknownUsageOf } from './usage/unknown-usage.ts'
export type { UsageRowDraft } from './usage/usage-adjustments.ts'
export { finishedRow, usageAdjustments, usageDifference } from './usage/usage-adjustments.ts'
export { compareGroups } from './usage/usage-groups.ts'
