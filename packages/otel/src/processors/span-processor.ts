import type { EndedSpan } from '../spans/ended-span.ts'

/** Fits the span processors of the OpenTelemetry SDK, versions 1 to 3, such as `BatchSpanProcessor`. */
export interface SpanProcessor {
  onEnd(span: EndedSpan): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}
