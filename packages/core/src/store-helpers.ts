// For those who write a store: what every implementation of the `Store` contract needs and none should differ in.
export { deferOutput, deferredPayload } from './deferred-output.ts'
export { erasedRunId, tombstoneOf, withoutPerson } from './erased-run.ts'
export { exactSum, sumTooLarge } from './exact-sum.ts'
export { listedRun, runsPage } from './listed-run.ts'
export { periodPruned, type RemovedRuns, wasIn } from './period-pruned.ts'
export { markOf, pageOf } from './query/page.ts'
export { pointInTime } from './query/point-in-time.ts'
export {
  type Checked,
  readListQuery,
  readRunQuery,
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
export { isOfRunItself, isPossibleTime } from './received-time.ts'
export { assertRecord, knownFields, recordName, recordProblem } from './record-problem.ts'
export type { Booking, RunBill } from './run-bill.ts'
export { billOfRun, bookingsOf, nanoUsdOfBill, tokensOfBill } from './run-bill.ts'
export { runOfEvents } from './run-of-events.ts'
export { previewInTrace, previewLength, previewOf } from './run-preview.ts'
export { sameJson } from './same-json.ts'
export { orderSpans } from './span-order.ts'
export type { TimeLabels } from './time-zone.ts'
export { timeLabels } from './time-zone.ts'
export type { UsageRowDraft } from './usage-adjustments.ts'
export { finishedRow, usageAdjustments, usageDifference } from './usage-adjustments.ts'
export { compareGroups } from './usage-groups.ts'
