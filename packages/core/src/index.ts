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
