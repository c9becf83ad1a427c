export type {
  AIConfigInit,
  AIConfigJSON,
  Message,
  ModelConfig,
  ProviderConfig,
  Tool,
} from './ai-config.ts'
export { AIConfig, AIConfigDefault } from './ai-config.ts'
export type {
  ActiveReplay,
  ActiveRun,
  ActiveSpan,
  AmbientFrame,
  CallWorld,
  EndReady,
  LoadedAnswer,
  ReplayCall,
  ReplayDecision,
  RunCall,
} from './ambient.ts'
export { currentFrame, exchangeFrame, replayFrame, runFrame, runInFrame, spanFrame } from './ambient.ts'
export type { Cost, PriceList } from './cost.ts'
export type { RuntapeErrorCode } from './errors.ts'
export { InvalidTokenError, messageOf, RuntapeError, summarizeError } from './errors.ts'
export type { EventOrder } from './event-order.ts'
export { newEventOrder } from './event-order.ts'
export { newRunId, newSpanId, newTraceId } from './ids.ts'
export { beforeLastFlush, runBeforeLastFlush } from './last-flush.ts'
export type { Logger } from './logger.ts'
export { consoleLogger, warnSafely } from './logger.ts'
export type { LeasedEvent, Outbox } from './outbox.ts'
export { realNow, setRealNow } from './real-now.ts'
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
} from './records.ts'
export { identityOf, resultKinds } from './records.ts'
export type { RunIdentity } from './resumption-token.ts'
export { decodeResumptionToken, encodeResumptionToken, maxTokenLength } from './resumption-token.ts'
export {
  isPlainPromise,
  isThenable,
  passOn,
  stepWatcher,
  watchCall,
  whenReady,
  whenSettled,
} from './settle.ts'
export type { Sink } from './sink.ts'
export type {
  AppendReceipt,
  CodeChangeFile,
  Distribution,
  ListQuery,
  Page,
  Run,
  RunQuery,
  Store,
  TestRun,
  TestRunCompletion,
  TestRunStart,
  TestRunStarted,
  Trace,
  TraceOptions,
  TraceQuery,
  TraceSummary,
  UsageCost,
  UsageDimension,
  UsageQuery,
  UsageRow,
  Verdict,
} from './store.ts'
export type { IterationEnd, IterationObserver } from './tap-iteration.ts'
export { Ending, isGenerator, isIteration, tapIteration } from './tap-iteration.ts'
export type { TokenUsage } from './token-usage.ts'
export { addUsage, usageProblem } from './token-usage.ts'
export { afterTurn, currentTurn } from './turn.ts'
