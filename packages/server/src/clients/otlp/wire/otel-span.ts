/** A value of an attribute: what JSON has, without dates and bytes. */
export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | Attributes

/** Has no prototype, so any name is only a name. */
export interface Attributes {
  readonly [name: string]: AttributeValue | undefined
}

/** A span as OpenTelemetry's exporters send it, of either encoding. */
export interface OtelSpan {
  /** Lower-case hex digits. */
  readonly traceId: string
  readonly spanId: string
  /** `''` for a root. */
  readonly parentSpanId: string
  readonly name: string
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly events: readonly OtelEvent[]
  /** Number of attributes and events that the SDK left out because of its limits, also of attributes of events. */
  readonly dropped: number
  readonly isError: boolean
  readonly statusMessage: string
  /** The instrumentation that made it. */
  readonly scope: string
  /** Facts about the process, such as `service.name`. */
  readonly resource: Attributes
}

export interface OtelEvent {
  readonly name: string
  readonly timeMs: number
  readonly attributes: Attributes
  readonly dropped: number
}

/** What a span is made of, before its scope and resource are known. */
export type SpanFields = Omit<OtelSpan, 'scope' | 'resource'>

export interface ScopeSpans {
  readonly scope: string
  readonly spans: readonly SpanFields[]
}

export interface ResourceSpans {
  readonly resource: Attributes
  readonly scopes: readonly ScopeSpans[]
}

/** The spans of a request, each with its scope and resource. */
export const flatSpans = (resources: readonly ResourceSpans[]): OtelSpan[] =>
  resources.flatMap(({ resource, scopes }) =>
    scopes.flatMap(({ scope, spans }) => spans.map(span => ({ ...span, scope, resource }))),
  )
