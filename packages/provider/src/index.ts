export {
  captureInput,
  captureOutput,
  loadedAnswer,
  missing,
  pendingUntilAborted,
  refusalOfUnrecorded,
  thrownAgain,
} from '@runtape/trace/provider'
export {
  type BackgroundAnswer,
  type CallResult,
  type Facts,
  laterAnswer,
  outcomeOf,
} from './call/call-result.ts'
export { checkedUsage, countOf, doubt, partOf, readWithDoubts, type ToldUsage } from './call/checked-usage.ts'
export { contained, containedLive } from './call/contain-errors.ts'
export { type Fields, fieldsOf, isFields, jsonOf, numberOf, objectsIn, textOf } from './call/json-fields.ts'
export { LateEnd, nextAttemptOf } from './call/late-end.ts'
export { type CallDetails, ModelCall, modelSpan, openAs, openCall } from './call/model-call.ts'
export { runOrServe } from './call/run-or-serve.ts'
export { isSending, sendIn } from './call/suppress-nested-taps.ts'
export { type MetricsSource, type MetricsTracker, metricsOf } from './call/track-metrics.ts'
export { type PreencodedMembers, payloadOf, type RecordedParts } from './recorded/preencoded-members.ts'
export { notReadOn, notReplayable, orMock, type Served, servedAnswer } from './recorded/served-answer.ts'
