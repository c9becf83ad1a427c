import { HttpError } from '../../../http-error.ts'
import { isObject } from '../../is-object.ts'
import {
  type Attributes,
  type AttributeValue,
  flatSpans,
  type OtelEvent,
  type OtelSpan,
  type SpanFields,
} from './otel-span.ts'

/**
 * The spans of an `ExportTraceServiceRequest` in JSON, as protobuf's JSON mapping writes it: 64-bit numbers may be texts, and ids
 * are hex digits.
 *
 * @throws {HttpError} 400 if it is something else
 */
export function decodeJson(body: unknown): OtelSpan[] {
  if (!isObject(body))
    throw new HttpError(400, 'invalid-option', 'The body is not an ExportTraceServiceRequest in JSON.')
  const spans = flatSpans(
    listOf(body.resourceSpans).map(({ resource, scopeSpans }) => ({
      resource: attributesOf(isObject(resource) ? resource.attributes : undefined),
      scopes: listOf(scopeSpans).map(({ scope, spans }) => ({
        scope: textOf(isObject(scope) ? scope.name : undefined),
        spans: listOf(spans).map(spanOf),
      })),
    })),
  )
  if (spans.length > mostSpans)
    throw new HttpError(413, 'too-large', `A request may have ${mostSpans} spans. Export smaller batches.`)
  return spans
}

const mostSpans = 20_000

type Fields = Readonly<Record<string, unknown>>

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : [])

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function spanOf(span: Fields): SpanFields {
  const status = isObject(span.status) ? span.status : {}
  const events = listOf(span.events).map(eventOf)
  return {
    traceId: textOf(span.traceId).toLowerCase(),
    spanId: textOf(span.spanId).toLowerCase(),
    parentSpanId: textOf(span.parentSpanId).toLowerCase(),
    name: textOf(span.name),
    startMs: timeOf(span.startTimeUnixNano),
    endMs: timeOf(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    events,
    dropped: events.reduce(
      (sum, event) => sum + event.dropped,
      countOf(span.droppedAttributesCount) + countOf(span.droppedEventsCount),
    ),
    isError: status.code === 2 || status.code === 'STATUS_CODE_ERROR',
    statusMessage: textOf(status.message),
  }
}

const eventOf = ({ name, timeUnixNano, attributes, droppedAttributesCount }: Fields): OtelEvent => ({
  name: textOf(name),
  timeMs: timeOf(timeUnixNano),
  attributes: attributesOf(attributes),
  dropped: countOf(droppedAttributesCount),
})

const countOf = (count: unknown): number => Math.max(0, Math.trunc(Number(count ?? 0))) || 0

const timeOf = (nanoseconds: unknown): number => Number(nanoseconds ?? 0) / 1e6

function attributesOf(pairs: unknown): Attributes {
  const attributes = Object.create(null) as Record<string, AttributeValue>
  for (const { key, value } of listOf(pairs)) attributes[textOf(key)] = valueOf(value)
  return attributes
}

function valueOf(value: unknown): AttributeValue {
  if (!isObject(value)) return null
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (typeof stringValue === 'string') return stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (intValue !== undefined) return Number(intValue)
  if (doubleValue !== undefined) return Number(doubleValue)
  if (isObject(arrayValue)) return Array.isArray(arrayValue.values) ? arrayValue.values.map(valueOf) : []
  if (isObject(kvlistValue)) return attributesOf(kvlistValue.values)
  return typeof bytesValue === 'string' ? `${Math.floor((bytesValue.length * 3) / 4)} bytes` : null
}
