import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HttpError } from '../../../http-error.ts'
import { decodeJson } from './decode-json.ts'
import { decodeProtobuf } from './decode-protobuf.ts'

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map(digits => digits.map(digit => digit.toString(16)).join(''))
const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
const attribute = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.array(text),
  fc.array(number),
  fc.array(fc.boolean()),
)
const attributes = fc.dictionary(fc.oneof(text, fc.constantFrom('constructor', 'toString')), attribute, {
  maxKeys: 8,
})
const time = fc.tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999_999 }))

const span = fc.record({
  ...{ traceId: hex(32), spanId: hex(16), parent: fc.option(hex(16), { nil: undefined }), name: text },
  ...{ startTime: time, endTime: time, attributes, scope: text, resource: attributes },
  ...{ droppedAttributesCount: fc.nat(1000), droppedEventsCount: fc.nat(1000) },
  events: fc.array(fc.record({ name: text, time, attributes, droppedAttributesCount: fc.nat(1000) }), {
    maxLength: 3,
  }),
  status: fc.record({
    code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
    message: text,
  }),
})
type Made = typeof span extends fc.Arbitrary<infer T> ? T : never

/** A span as the SDK has it. */
const readable = ({ traceId, spanId, parent, scope, resource, ...fields }: Made): ReadableSpan =>
  ({
    ...fields,
    ...{ kind: SpanKind.CLIENT, links: [], duration: [0, 0], ended: true },
    droppedLinksCount: 0,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    parentSpanContext: parent && { traceId, spanId: parent, traceFlags: 1 },
    resource: resourceFromAttributes(resource),
    instrumentationScope: { name: scope },
  }) as unknown as ReadableSpan

const msOf = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6

/** -0 is 0 in both encodings of a whole number. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('what the SDK serializes is read as it was, in both encodings', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), made => {
      const spans = made.map(readable)
      const bytes = new Uint8Array(ProtobufTraceSerializer.serializeRequest(spans) ?? [])
      const json = JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans)))
      for (const read of [decodeProtobuf(bytes), decodeJson(json)]) {
        expect(read).toHaveLength(made.length)
        for (const one of made) {
          const found = read.find(
            ({ spanId, traceId, name }) =>
              spanId === one.spanId && traceId === one.traceId && name === one.name,
          )
          expect(found).toMatchObject({
            ...{ parentSpanId: one.parent ?? '', scope: one.scope, statusMessage: one.status.message },
            isError: one.status.code === SpanStatusCode.ERROR,
            dropped: one.events.reduce(
              (sum, event) => sum + event.droppedAttributesCount,
              one.droppedAttributesCount + one.droppedEventsCount,
            ),
          })
          expect(found?.startMs).toBeCloseTo(msOf(one.startTime), 2)
          expect(found?.endMs).toBeCloseTo(msOf(one.endTime), 2)
          expect(plain(found?.attributes)).toEqual(plain(one.attributes))
          expect(plain(found?.events.map(event => event.attributes))).toEqual(
            plain(one.events.map(event => event.attributes)),
          )
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('damaged bytes are refused, or read as something else, but never throw anything else or hang', () => {
  fc.assert(
    fc.property(
      fc.array(span, { minLength: 1, maxLength: 2 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (made, changes, cut) => {
        const bytes = new Uint8Array(ProtobufTraceSerializer.serializeRequest(made.map(readable)) ?? [])
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        for (const damaged of [bytes, bytes.subarray(0, cut % bytes.length)])
          try {
            decodeProtobuf(damaged)
          } catch (error) {
            expect(error).toBeInstanceOf(HttpError)
          }
      },
    ),
    { numRuns: 1000 },
  )
})

test.each([
  [new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  [new Uint8Array([0x0a, 5, 1])],
  [new Uint8Array([0xff])],
])('a length beyond the end is refused: %s', bytes => {
  expect(() => decodeProtobuf(bytes)).toThrow(HttpError)
})

test.each([null, 5, 'text', []])('JSON that is no request is refused: %j', body => {
  expect(() => decodeJson(body)).toThrow(HttpError)
})

test.each([{}, { resourceSpans: null }, { resourceSpans: [null, 5, { scopeSpans: [{ spans: [null] }] }] }])(
  'JSON without spans has none: %j',
  body => {
    expect(decodeJson(body)).toEqual([])
  },
)
