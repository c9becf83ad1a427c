import type { SpanAttributes } from '../attributes/span-attributes.ts'
import type { SpanContext } from '../spans/ended-span.ts'

/** OpenTelemetry's `Context`, of which a log record reads the span. */
export interface EventContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): EventContext
  deleteValue(key: symbol): EventContext
}

export interface EventRecord {
  readonly eventName: string
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number
  /** 9 is INFO. */
  readonly severityNumber: number
  readonly attributes: SpanAttributes
  readonly context?: EventContext
}

/** Fits the logger providers of the OpenTelemetry SDK and API, such as `new LoggerProvider(…)` or `logs.getLoggerProvider()`. */
export interface LoggerProvider {
  getLogger(name: string, version?: string): { emit(event: EventRecord): void }
  forceFlush?(): Promise<void>
}

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** A context in which this span is active. */
export function contextOf(span: SpanContext): EventContext {
  const values = new Map<symbol, unknown>([[spanKey, { spanContext: () => span }]])
  return contextWith(values)
}

const contextWith = (values: ReadonlyMap<symbol, unknown>): EventContext => ({
  getValue: key => values.get(key),
  setValue: (key, value) => contextWith(new Map([...values, [key, value]])),
  deleteValue: key => contextWith(new Map([...values].filter(([each]) => each !== key))),
})
