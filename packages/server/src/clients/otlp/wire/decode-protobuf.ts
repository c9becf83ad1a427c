import { PbfReader } from 'pbf'
import { HttpError } from '../../../http-error.ts'
import type {
  Attributes,
  AttributeValue,
  OtelEvent,
  OtelSpan,
  ResourceSpans,
  ScopeSpans,
  SpanFields,
} from './otel-span.ts'
import { flatSpans } from './otel-span.ts'

// The numbers are those of opentelemetry-proto: collector/trace/v1, trace/v1, resource/v1 and common/v1.

/**
 * The spans of an `ExportTraceServiceRequest`.
 *
 * @throws {HttpError} 400 for a damaged body
 */
export function decodeProtobuf(bytes: Uint8Array): OtelSpan[] {
  try {
    const resources: ResourceSpans[] = []
    readMessage(new MessageReader(bytes, { ...most }), (tag, pbf) => {
      if (tag === 1) resources.push(readResourceSpans(inner(pbf)))
    })
    return flatSpans(resources)
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw damaged()
  }
}

const damaged = () =>
  new HttpError(400, 'invalid-option', 'The body is not an ExportTraceServiceRequest in protobuf.')

/** What is left to read of a request. A message can be two bytes long, and takes much more memory. */
interface Budget {
  messages: number
  spans: number
}

/** Exporters send 512 spans by default. */
const most: Readonly<Budget> = { messages: 1_000_000, spans: 20_000 }

class MessageReader extends PbfReader {
  readonly budget: Budget

  constructor(bytes: Uint8Array, budget: Budget) {
    super(bytes)
    this.budget = budget
  }
}

const tooMany = () =>
  new HttpError(
    413,
    'too-large',
    `A request may have ${most.spans} spans and ${most.messages} attributes and events. Export smaller batches.`,
  )

/** Reads the fields of a message; those that `field` does not read are skipped. */
function readMessage(pbf: PbfReader, field: (tag: number, pbf: PbfReader) => void): void {
  pbf.readFields((tag, _, reader) => field(tag, reader), undefined)
  if (pbf.pos !== pbf.length) throw damaged()
}

/** A message within a message, which cannot be longer than what is there. */
function inner(pbf: PbfReader): PbfReader {
  const { budget } = pbf as MessageReader
  if (--budget.messages < 0) throw tooMany()
  const bytes = pbf.readBytes()
  if (pbf.pos > pbf.length) throw damaged()
  return new MessageReader(bytes, budget)
}

function readResourceSpans(pbf: PbfReader): ResourceSpans {
  let resource = noAttributes()
  const scopes: ScopeSpans[] = []
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) resource = readAttributes(inner(reader), 1)
    else if (tag === 2) scopes.push(readScopeSpans(inner(reader)))
  })
  return { resource, scopes }
}

function readScopeSpans(pbf: PbfReader): ScopeSpans {
  let scope = ''
  const spans: SpanFields[] = []
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) scope = readScopeName(inner(reader))
    else if (tag === 2) spans.push(readSpan(inner(reader)))
    if (tag === 2 && --(reader as MessageReader).budget.spans < 0) throw tooMany()
  })
  return { scope, spans }
}

function readScopeName(pbf: PbfReader): string {
  let name = ''
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) name = readText(reader)
  })
  return name
}

function readSpan(pbf: PbfReader): SpanFields {
  const span = {
    ...{ traceId: '', spanId: '', parentSpanId: '', name: '', startMs: 0, endMs: 0 },
    ...{ attributes: noAttributes(), events: [] as OtelEvent[], isError: false, statusMessage: '' },
    dropped: 0,
  }
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) span.traceId = hexOf(reader.readBytes())
    else if (tag === 2) span.spanId = hexOf(reader.readBytes())
    else if (tag === 4) span.parentSpanId = hexOf(reader.readBytes())
    else if (tag === 5) span.name = readText(reader)
    else if (tag === 7) span.startMs = readTime(reader)
    else if (tag === 8) span.endMs = readTime(reader)
    else if (tag === 9) addAttribute(span.attributes, inner(reader))
    else if (tag === 10 || tag === 12) span.dropped += reader.readVarint()
    else if (tag === 11) span.events.push(readEvent(inner(reader)))
    else if (tag === 15) Object.assign(span, readStatus(inner(reader)))
  })
  for (const { dropped } of span.events) span.dropped += dropped
  return span
}

function readEvent(pbf: PbfReader): OtelEvent {
  const event = { name: '', timeMs: 0, attributes: noAttributes(), dropped: 0 }
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) event.timeMs = readTime(reader)
    else if (tag === 2) event.name = readText(reader)
    else if (tag === 3) addAttribute(event.attributes, inner(reader))
    else if (tag === 4) event.dropped = reader.readVarint()
  })
  return event
}

function readStatus(pbf: PbfReader): { isError: boolean; statusMessage: string } {
  const status = { isError: false, statusMessage: '' }
  readMessage(pbf, (tag, reader) => {
    if (tag === 2) status.statusMessage = readText(reader)
    else if (tag === 3) status.isError = reader.readVarint() === 2
  })
  return status
}

type MutableAttributes = Record<string, AttributeValue>

const noAttributes = (): MutableAttributes => Object.create(null) as MutableAttributes

/** @param field of the key-value pairs in the message */
function readAttributes(pbf: PbfReader, field: number): MutableAttributes {
  const attributes = noAttributes()
  readMessage(pbf, (tag, reader) => {
    if (tag === field) addAttribute(attributes, inner(reader))
  })
  return attributes
}

function addAttribute(attributes: MutableAttributes, pbf: PbfReader): void {
  let key = ''
  let value: AttributeValue = null
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) key = readText(reader)
    else if (tag === 2) value = readValue(inner(reader))
  })
  attributes[key] = value
}

function readValue(pbf: PbfReader): AttributeValue {
  let value: AttributeValue = null
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) value = readText(reader)
    else if (tag === 2) value = reader.readBoolean()
    else if (tag === 3) value = reader.readVarint(true)
    else if (tag === 4) value = reader.readDouble()
    else if (tag === 5) value = readList(inner(reader))
    else if (tag === 6) value = readAttributes(inner(reader), 1) as Attributes
    else if (tag === 7) value = `${reader.readBytes().length} bytes`
  })
  return value
}

function readList(pbf: PbfReader): AttributeValue[] {
  const values: AttributeValue[] = []
  readMessage(pbf, (tag, reader) => {
    if (tag === 1) values.push(readValue(inner(reader)))
  })
  return values
}

function readText(pbf: PbfReader): string {
  const text = pbf.readString()
  if (pbf.pos > pbf.length) throw damaged()
  return text
}

/** Nanoseconds as milliseconds, to a quarter of a microsecond. */
const readTime = (pbf: PbfReader): number => pbf.readFixed64() / 1e6

function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
