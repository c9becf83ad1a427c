export type { EndedSpan, HrTime, SpanAttributes, SpanContext, SpanEvent } from './ended-span.ts'
export type { OtelSinkOptions, SpanProcessor } from './otel-sink.ts'
export { otelSink } from './otel-sink.ts'
