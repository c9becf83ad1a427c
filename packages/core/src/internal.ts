// Plumbing that sibling packages share. Not for applications: it changes without a major version.
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
} from './ambient.ts'
export {
  canEnterFrames,
  currentFrame,
  exchangeFrame,
  replayFrame,
  runFrame,
  runInFrame,
  spanFrame,
} from './ambient.ts'
export { beforeLastFlush, runBeforeLastFlush } from './before-exit-hooks.ts'
export type { CallbackCall, CallEffects, ObjectState, PlacedState } from './call-effects.ts'
export { effectsKey, effectsOf } from './call-effects.ts'
export type { ChunkMoment } from './chunk-order.ts'
export { ChunkOrder, chunkMoments } from './chunk-order.ts'
export type { DroppedTag } from './dropped-call.ts'
export { droppedName, droppedTag, tagOf } from './dropped-call.ts'
export { messageOf, summarizeError } from './errors.ts'
export type { EventOrder } from './event-order.ts'
export { newEventOrder } from './event-order.ts'
export { newRunId, newSpanId, newTraceId } from './ids.ts'
export { warnSafely } from './logger.ts'
export type { MadeTracker } from './made-trackers.ts'
export { madeTrackers, withTrackers } from './made-trackers.ts'
export type { MicrotaskRound } from './microtask-drain.ts'
export { afterMicrotasks, currentRound, currentTurn, roundsSince } from './microtask-drain.ts'
export {
  isPlainPromise,
  isThenable,
  stepWatcher,
  thenKeepingProperties,
  watchCall,
  whenReady,
  whenSettled,
  whenSettledInside,
} from './observe-promise.ts'
export type { LeasedEvent, Outbox } from './outbox.ts'
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
export type { PendingRecord } from './pending-records.ts'
export { addPending, whenHandedOver } from './pending-records.ts'
export { realCrypto, setRealCrypto } from './real-crypto.ts'
export type { RealTimers } from './real-timers.ts'
export { monotonicNow, realClock, realDelay, realTimers } from './real-timers.ts'
export { recordName, recordProblem } from './record-problem.ts'
export { identityOf, resultKinds } from './records.ts'
export { replaceProperty } from './replace-property.ts'
export type { TokenMembers } from './resumption-token.ts'
export { maxTokenLength, readResumptionToken } from './resumption-token.ts'
export { givesBytes } from './streams/gives-bytes.ts'
export { tapBody } from './streams/tap-body.ts'
export type { IterationEnd, IterationObserver } from './streams/tap-iteration.ts'
export { isGenerator, isIteration, tapIteration } from './streams/tap-iteration.ts'
export type { NodeStreamObserver } from './streams/tap-node-stream.ts'
export { isNodeStream } from './streams/tap-node-stream.ts'
export { tapStream } from './streams/tap-stream.ts'
export { isWebStream } from './streams/tap-web-stream.ts'
export { addUsage, copyUsage, usageProblem, usageSubsets } from './token-usage.ts'
export { warnOfDoubtfulUsage, warnOfUnknownUsage } from './unknown-usage.ts'
export { keepRealNow, realNow } from './wall-clock.ts'
