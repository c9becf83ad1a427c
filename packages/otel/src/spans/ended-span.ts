import type { SpanRecord } from '@runtape/core'
import type { Failure } from '../attributes/failure.ts'
import type { SpanAttributes } from '../attributes/span-attributes.ts'
import { ownVersion } from '../own-version.ts'
import { addHrTimes, type HrTime, hrTime } from './hr-time.ts'

export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

export interface SpanEvent {
  readonly name: string
  readonly time: HrTime
  readonly attributes?: SpanAttributes
}

/**
 * An ended span in the form that processors and exporters of the OpenTelemetry SDK read (`ReadableSpan`). It has parent and scope
 * twice: under the names of version 1, and of version 2 and later.
 */
export interface EndedSpan {
  readonly name: string
  /** 0 is internal, 2 is a client. */
  readonly kind: number
  readonly spanContext: () => SpanContext
  readonly parentSpanContext?: SpanContext
  readonly parentSpanId?: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly duration: HrTime
  readonly ended: boolean
  /** Code 0 is unset, 2 is an error. */
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: SpanAttributes
  readonly links: readonly unknown[]
  readonly events: readonly SpanEvent[]
  readonly resource: { readonly attributes: SpanAttributes }
  readonly instrumentationScope?: { readonly name: string; readonly version?: string }
  readonly instrumentationLibrary?: { readonly name: string; readonly version?: string }
  readonly droppedAttributesCount: number
  readonly droppedEventsCount: number
  readonly droppedLinksCount: number
}

/** Decisions about a span before it is built. */
export interface SpanParts
  extends Pick<EndedSpan, 'name' | 'kind' | 'attributes' | 'resource' | 'droppedAttributesCount'> {
  readonly failure?: Failure | undefined
}

const scope = { name: '@runtape/otel', version: ownVersion() }
const sampled = 1
const unset = { code: 0 }

/** The record as a span with the same ids, times and parent; a root is under the span that called it. */
export function endedSpan(record: SpanRecord, { failure, ...parts }: SpanParts): EndedSpan {
  const { traceId, spanId } = record
  const parentSpanId = record.parentSpanId ?? elsewhere(record)
  const context: SpanContext = { traceId, spanId, traceFlags: sampled }
  const startTime = hrTime(record.startedAt)
  const duration = hrTime(record.durationMs)
  const endTime = addHrTimes(startTime, duration)
  return {
    ...parts,
    spanContext: () => context,
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: sampled },
      parentSpanId,
    }),
    startTime,
    endTime,
    duration,
    ended: true,
    status: failure ? { code: 2, message: failure.message } : unset,
    links: [],
    events: failure ? [{ name: 'exception', time: endTime, attributes: failure.exception }] : [],
    instrumentationScope: scope,
    instrumentationLibrary: scope,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** The caller of a root: an active OpenTelemetry span, or one of another process. */
function elsewhere({ metadata }: SpanRecord): string | undefined {
  const id = metadata?.remoteParentSpanId
  return typeof id === 'string' && /^[0-9a-f]{16}$/.test(id) ? id : undefined
}
