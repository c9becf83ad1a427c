/** A span of another system around the running code. */
export interface SurroundingSpan {
  readonly traceId: string
  readonly spanId: string
  /** Bit 0: sampled. */
  readonly traceFlags?: number
}

// Where `@opentelemetry/api` keeps its registrations, and the key of the active span: both stable since 1.0.
const api = Symbol.for('opentelemetry.js.api.1')
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

interface OtelSpan {
  spanContext(): SurroundingSpan
}

interface OtelContext {
  getValue(key: symbol): OtelSpan | undefined
}

type Globals = { [api]?: { context?: { active(): OtelContext } } }

/** The active OpenTelemetry span, if the application uses OpenTelemetry. Never throws. */
export function activeOtelSpan(): SurroundingSpan | undefined {
  const manager = (globalThis as Globals)[api]?.context
  if (!manager) return undefined
  try {
    const span = manager.active().getValue(spanKey)?.spanContext()
    return span && isTraceId(span.traceId) && isSpanId(span.spanId) ? span : undefined
  } catch {
    return undefined
  }
}

/** True for 32 lower-case hex digits that are not all zero. */
export const isTraceId = (id: string): boolean => /^(?!0+$)[0-9a-f]{32}$/.test(id)

/** True for 16 lower-case hex digits that are not all zero. */
export const isSpanId = (id: string): boolean => /^(?!0+$)[0-9a-f]{16}$/.test(id)
