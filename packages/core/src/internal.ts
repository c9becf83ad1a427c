// Internals shared by Runtape packages. Not for applications: they change without a major version.
export type {
  ActiveReplay,
  ActiveRun,
  ActiveSpan,
  AmbientFrame,
  ClockAndRandom,
  EndReady,
  LoadedAnswer,
  MonotonicClock,
  ReplayCall,
  ReplayDecision,
  RunCall,
} from './ambient/ambient.ts'
export {
  canEnterFrames,
  currentFrame,
  exchangeFrame,
  replayFrame,
  runFrame,
  runInFrame,
  spanFrame,
} from './ambient/ambient.ts'
export type { CallbackCall, CallEffects, ObjectState, PlacedState } from './ambient/call-effects.ts'
export { effectsKey, effectsOf } from './ambient/call-effects.ts'
export type { EventOrder } from './ambient/event-order.ts'
export { newEventOrder } from './ambient/event-order.ts'
export type { MadeTracker } from './ambient/made-trackers.ts'
export { madeTrackers, withTrackers } from './ambient/made-trackers.ts'
export {
  isPlainPromise,
  isThenable,
  stepWatcher,
  thenKeepingProperties,
  watchCall,
  whenReady,
  whenSettled,
  whenSettledInside,
} from './ambient/observe-promise.ts'
export { isFromBefore, keyTombstone, tombstoneOfBudget, tombstonesOfView } from './copying/buried-names.ts'
export { budgetPosition, listPosition } from './copying/copied-marks.ts'
export {
  type CopyBatch,
  type CopyOutcome,
  type CopySource,
  type CopyTarget,
  copiedKinds,
  copyingKey,
  copyingOf,
  type StoreCopying,
} from './copying/copying.ts'
export {
  budgetMark,
  type CopiedBudget,
  type CopiedClaim,
  type CopiedCohort,
  type CopiedCohortMark,
  type CopiedEntries,
  type CopiedHealth,
  type CopiedItem,
  type CopiedKind,
  type CopiedRange,
  type CopiedRecord,
  type CopiedReview,
  type CopiedTestRun,
  type CopiedTombstone,
  type CopiedVerdict,
} from './copying/entries.ts'
export { messageOf, summarizeError } from './errors.ts'
export { warnSafely } from './logger.ts'
export type { OutsideCall, OutsideMode, OutsideWatch } from './outside/outside-calls.ts'
export {
  isKeptOffLive,
  isOutsideWatched,
  ownWorkFrame,
  refusalOutside,
  watchOutside,
} from './outside/outside-calls.ts'
export { OutsideLog } from './outside/outside-log.ts'
export type { OutsideOrders } from './outside/outside-variable.ts'
export { obeyOutsideVariable, outsideVariable } from './outside/outside-variable.ts'
export { newRunId, newSpanId, newTraceId } from './platform/ids.ts'
export type { MicrotaskRound } from './platform/microtask-drain.ts'
export { afterMicrotasks, currentRound, currentTurn, roundsSince } from './platform/microtask-drain.ts'
export { oncePerProcess } from './platform/once-per-process.ts'
export { realCrypto, setRealCrypto } from './platform/real-crypto.ts'
export type { RealTimers } from './platform/real-timers.ts'
export { monotonicNow, realClock, realDelay, realTimers } from './platform/real-timers.ts'
export { replaceProperty } from './platform/replace-property.ts'
export { keepRealNow, realNow } from './platform/wall-clock.ts'
export type { DroppedTag } from './records/dropped-call.ts'
export { droppedName, droppedTag, tagOf } from './records/dropped-call.ts'
export { type Pricing, pricing } from './records/pricing.ts'
export { recordName, recordProblem } from './records/record-problem.ts'
export { identityOf, resultKinds } from './records/records.ts'
export { addUsage, copyUsage, usageProblem, usageSubsets } from './records/token-usage.ts'
export { warnOfDoubtfulUsage, warnOfUnknownUsage } from './records/unknown-usage.ts'
export type { TokenMembers } from './resumption-token.ts'
export { maxTokenLength, readResumptionToken } from './resumption-token.ts'
export { beforeLastFlush, runBeforeLastFlush } from './sink/before-exit-hooks.ts'
export type { LeasedEvent, Outbox } from './sink/outbox.ts'
export type { PendingRecord } from './sink/pending-records.ts'
export { addPending, whenHandedOver } from './sink/pending-records.ts'
export { sinkProblem, storeProblem } from './sink/sink-problem.ts'
export type { ChunkMoment } from './streams/chunk-order.ts'
export { ChunkOrder, chunkMoments } from './streams/chunk-order.ts'
export { givesBytes } from './streams/gives-bytes.ts'
export { tapBody } from './streams/tap-body.ts'
export type { IterationEnd, IterationObserver } from './streams/tap-iteration.ts'
export { isGenerator, isIteration, tapIteration } from './streams/tap-iteration.ts'
export type { NodeStreamObserver } from './streams/tap-node-stream.ts'
export { isNodeStream } from './streams/tap-node-stream.ts'
export { tapStream } from './streams/tap-stream.ts'
export { isWebStream } from './streams/tap-web-stream.ts'
