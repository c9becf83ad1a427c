import { readFileSync } from 'node:fs'
import { type Attributes, context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { otelSink } from '@runtape/otel'
import { createRecorder } from '@runtape/recorder'
import { httpStore } from '@runtape/store-http'
import { memoryStore, runEvent, span as spanOf } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../serve.ts'

/** The installed version of a package. */
function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function setUp() {
  const store = memoryStore()
  const server = await startServer(store)
  ends.push(server.close)
  return { store, server }
}

const exporters = {
  'exporter-trace-otlp-proto': ProtoExporter,
  'exporter-trace-otlp-http': JsonExporter,
} as const

/** A tracer of an application, whose spans an exporter sends to the server in one batch. */
function applicationOf(
  { url, key }: TestServer,
  Exporter: (typeof exporters)[keyof typeof exporters] = ProtoExporter,
) {
  const exporter = new Exporter({
    url: `${url}/v1/otlp/v1/traces`,
    headers: { authorization: `Bearer ${key}` },
    compression: 'gzip' as never,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 3_600_000 })],
  })
  ends.push(() => provider.shutdown())
  return { tracer: provider.getTracer('shop-instrumentation'), flush: () => provider.forceFlush() }
}

/** A span with these children, which end before it. */
function spanIn(tracer: Tracer, name: string, attributes: Attributes, children: () => void = () => {}) {
  const span = tracer.startSpan(name, { attributes })
  context.with(trace.setSpan(context.active(), span), children)
  span.end()
  return span
}

const child = (
  tracer: Tracer,
  parent: ReturnType<Tracer['startSpan']>,
  name: string,
  attributes: Attributes,
) => {
  const span = tracer.startSpan(name, { attributes }, trace.setSpan(context.active(), parent))
  span.end()
  return span
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.response.model': 'gpt-5-mini-2026-01-01',
  'gen_ai.usage.input_tokens': 812,
  'gen_ai.usage.output_tokens': 164,
  'gen_ai.usage.cache_read.input_tokens': 500,
  'gen_ai.input.messages': JSON.stringify([
    { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
  ]),
  'gen_ai.output.messages': JSON.stringify([
    { role: 'assistant', parts: [{ type: 'text', content: 'In the post.' }] },
  ]),
}

describe.each(Object.entries(exporters))(
  `client: OpenTelemetry SDK ${versionOf('@opentelemetry/sdk-trace')} with %s ${versionOf('@opentelemetry/exporter-trace-otlp-proto')}`,
  (_, Exporter) => {
    test('arrives: tokens of each model call, billed once however often they are sent', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      const root = tracer.startSpan('GET /answer')
      child(tracer, root, 'chat gpt-5-mini', chat)
      child(tracer, root, 'chat gpt-5-mini', { ...chat, 'gen_ai.usage.input_tokens': 508 })
      root.end()
      await flush()
      const [bill] = await store.runs.usage({ groupBy: ['model'] })
      expect(bill).toMatchObject({
        ...{ group: { model: 'gpt-5-mini-2026-01-01' }, runs: 1 },
        tokens: { input: 1320, output: 328, total: 1648, cachedInput: 1000 },
      })
    })

    test('arrives: spans as a trace, with messages, model, tokens and errors', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      const root = tracer.startSpan('GET /answer')
      child(tracer, root, 'chat gpt-5-mini', chat)
      root.recordException(new RangeError('no such order'))
      root.setStatus({ code: SpanStatusCode.ERROR })
      root.end()
      await flush()
      const kept = await store.traces.get(root.spanContext().traceId)
      expect(kept?.spans.map(({ name, type, status }) => [name, type, status])).toEqual([
        ['GET /answer', 'function', 'error'],
        ['chat gpt-5-mini', 'model', 'ok'],
      ])
      expect(kept?.spans[0]?.error).toMatchObject({ name: 'RangeError', message: 'no such order' })
      const [, call] = kept?.spans ?? []
      expect(call).toMatchObject({ model: 'gpt-5-mini-2026-01-01', usage: { input: 812, output: 164 } })
      expect(JSON.parse(call?.input.json ?? '')[0][0].parts[0].content).toBe('Where is it?')
      expect(JSON.parse(call?.output?.json ?? '')[0].parts[0].content).toBe('In the post.')
    })

    test('arrives: users and sessions, for bills by customer', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      spanIn(tracer, 'chat gpt-5-mini', { ...chat, 'user.id': 'ann', 'gen_ai.conversation.id': 's-1' })
      await flush()
      expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
      expect((await store.traces.list({ sessionId: 's-1' })).items).toHaveLength(1)
    })

    test('arrives: duration and outcome of a run, if its root span is one of AI', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      const agent = tracer.startSpan('invoke_agent desk', {
        attributes: { 'gen_ai.operation.name': 'invoke_agent' },
      })
      child(tracer, agent, 'chat gpt-5-mini', chat)
      agent.end()
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, succeeded: 1, unfinished: 0 })
    })

    test('lost: the outcome of a run below a root span that is not one of AI, because it may be about something else', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      const root = tracer.startSpan('GET /answer')
      child(tracer, root, 'chat gpt-5-mini', chat)
      root.end()
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, succeeded: 0, unfinished: 1 })
    })

    test('lost: metrics and logs, because spans have what is billed and replayed', async () => {
      const { store, server } = await setUp()
      for (const path of ['otlp/v1/metrics', 'otlp/v1/logs', 'metrics', 'logs'])
        for (const [type, body, answer] of [
          [json, '{"resourceMetrics":[{}],"resourceLogs":[{}]}', '{}'],
          [protobuf, new Uint8Array([0x0a, 0]), ''],
        ] as const) {
          const response = await fetch(`${server.url}/v1/${path}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${server.key}`, 'content-type': type },
            body,
          })
          expect([response.status, await response.text()]).toEqual([200, answer])
          expect(response.headers.get('content-type')).toContain(type)
        }
      expect((await store.runs.list()).items).toEqual([])
    })

    test('lost: messages that an instrumentation sends as logs, because a kept span does not change: it is marked as without content', async () => {
      const { store, server } = await setUp()
      const { tracer, flush } = applicationOf(server, Exporter)
      const { 'gen_ai.input.messages': input, 'gen_ai.output.messages': output, ...rest } = chat
      const { traceId, spanId } = spanIn(tracer, 'chat gpt-5-mini', rest).spanContext()
      const attributes = Object.entries({ 'gen_ai.input.messages': input, 'gen_ai.output.messages': output })
      const details = {
        ...{ traceId, spanId, eventName: 'gen_ai.client.inference.operation.details' },
        attributes: attributes.map(([key, stringValue]) => ({ key, value: { stringValue } })),
      }
      const logs = await fetch(`${server.url}/v1/otlp/v1/logs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': json },
        body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [details] }] }] }),
      })
      expect(logs.status).toBe(200)
      await flush()
      const span = await store.traces.getSpan(traceId, spanId)
      expect(span?.input.lossy).toEqual(['$: the span of OpenTelemetry has no input'])
      expect([span?.output, span?.metadata?.answersReplays]).toEqual([undefined, false])
    })
  },
)

/** Spans as the SDK makes them, not sent. */
async function madeBy(work: (tracer: Tracer) => void): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  work(provider.getTracer('shop-instrumentation'))
  await provider.forceFlush()
  return exporter.getFinishedSpans()
}

const sender =
  ({ url, key }: TestServer) =>
  (body: string | Uint8Array<ArrayBuffer>, type: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/v1/otlp/v1/traces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers },
      body,
    })

const json = 'application/json'
const protobuf = 'application/x-protobuf'
const bytesOf = (spans: readonly ReadableSpan[]) =>
  new Uint8Array(ProtobufTraceSerializer.serializeRequest([...spans]) ?? [])
const jsonOf = (spans: readonly ReadableSpan[]) =>
  new TextDecoder().decode(JsonTraceSerializer.serializeRequest([...spans]))

describe('requests', () => {
  test('the same spans in both encodings, twice, in any order and one by one, are the same run once', async () => {
    const spans = await madeBy(tracer => {
      const root = tracer.startSpan('invoke_agent', {
        attributes: { 'gen_ai.operation.name': 'invoke_agent' },
      })
      for (let call = 0; call < 3; call++) child(tracer, root, `chat ${call}`, chat)
      root.end()
    })
    const bills: unknown[] = []
    for (const order of [spans, spans.toReversed()]) {
      const { store, server } = await setUp()
      const send = sender(server)
      for (const span of order) expect((await send(bytesOf([span]), protobuf)).status).toBe(200)
      expect((await send(jsonOf(spans), json)).status).toBe(200)
      expect((await send(bytesOf(order), protobuf)).status).toBe(200)
      expect((await store.health.get()).counts).toEqual([])
      bills.push(await store.runs.usage({}))
    }
    expect(bills[0]).toMatchObject([{ runs: 1, succeeded: 1, tokens: { input: 2436 } }])
    expect(bills[1]).toEqual(bills[0])
  })

  test('a span that is no good is rejected and named, and the others are kept', async () => {
    const { store, server } = await setUp()
    const [good] = await madeBy(tracer => void spanIn(tracer, 'chat', chat))
    const body = JSON.parse(jsonOf([good as ReadableSpan]))
    const { spans } = body.resourceSpans[0].scopeSpans[0]
    spans.push({ ...spans[0], spanId: 'short', name: 'bad' }, { ...spans[0], traceId: '', name: 'worse' })
    const response = await sender(server)(JSON.stringify(body), json)
    expect(await response.json()).toMatchObject({
      partialSuccess: { rejectedSpans: '2', errorMessage: expect.stringContaining('"bad"') },
    })
    expect((await store.runs.usage({}))[0]?.runs).toBe(1)
  })

  test('a call that ends before it starts is rejected and named', async () => {
    const { store, server } = await setUp()
    const [made] = await madeBy(tracer => void spanIn(tracer, 'chat', chat))
    const body = JSON.parse(jsonOf([made as ReadableSpan]))
    body.resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano = '5'
    const response = await sender(server)(JSON.stringify(body), json)
    expect(await response.json()).toMatchObject({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('ends before it starts') },
    })
    expect((await store.runs.usage({}))[0]?.runs).toBe(0)
  })

  test('a request of very many spans is refused, however small they are', async () => {
    const { server } = await setUp()
    const empty = [0x12, 0]
    const scope = [...Array.from({ length: 30_000 }, () => empty)].flat()
    const length = (count: number) => [(count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14]
    const spans = [0x12, ...length(scope.length), ...scope]
    const bytes = new Uint8Array([0x0a, ...length(spans.length), ...spans])
    expect((await sender(server)(bytes, protobuf)).status).toBe(413)
    const body = { resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 30_000 }, () => ({})) }] }] }
    expect((await sender(server)(JSON.stringify(body), json)).status).toBe(413)
  })

  test.each([
    ['damaged protobuf', new Uint8Array([0x0a, 0xff, 0xff, 0x03, 1, 2]), protobuf, 400],
    ['damaged JSON', '{"resourceSpans"', json, 400],
    ['a list', '[]', json, 400],
    ['another type', 'a=b', 'application/x-www-form-urlencoded', 415],
  ])('%s is refused in the form of its request', async (_, body, type, status) => {
    const { server } = await setUp()
    const response = await sender(server)(body, type)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain(type === protobuf ? protobuf : json)
    if (type === json) expect(await response.json()).toHaveProperty('message')
  })

  test('a wrong key is refused', async () => {
    const { server } = await setUp()
    expect((await sender(server)('{}', json, { authorization: 'Bearer wrong' })).status).toBe(401)
  })

  test.each([
    { 'gen_ai.usage.input_tokens': -5 },
    { 'gen_ai.usage.input_tokens': 1.5 },
    { 'gen_ai.usage.input_tokens': '812' },
    { 'gen_ai.usage.output_tokens': undefined },
  ])('usage that cannot be right is unknown, never zero: %o', async wrong => {
    const { store, server } = await setUp()
    const spans = await madeBy(tracer => void spanIn(tracer, 'chat', { ...chat, ...(wrong as Attributes) }))
    await sender(server)(jsonOf(spans), json)
    const [bill] = await store.runs.usage({})
    expect(bill).toMatchObject({ runs: 1, unknownUsageRuns: 1 })
    expect(bill?.tokens?.input ?? 0).toBe(0)
  })

  test('names from outside are only names', async () => {
    const { store, server } = await setUp()
    const spans = await madeBy(
      tracer => void spanIn(tracer, '__proto__', { ...chat, __proto__x: 1, constructor: 'a' }),
    )
    const text = jsonOf(spans).replaceAll('__proto__x', '__proto__')
    expect((await sender(server)(text, json)).status).toBe(200)
    expect(({} as Record<string, unknown>).input).toBeUndefined()
    expect((await store.runs.usage({}))[0]?.runs).toBe(1)
  })

  test('two projects with one trace have two runs', async () => {
    const { runIdOf } = await import('../../src/clients/otlp/run-id.ts')
    const ids = await Promise.all([
      runIdOf('a', 'b'),
      runIdOf('a', 'b'),
      runIdOf('ab', ''),
      runIdOf('b', 'b'),
    ])
    expect(ids[0]).toBe(ids[1])
    expect(new Set(ids).size).toBe(3)
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('one call that two instrumentations tell is billed once', () => {
  const answer = { 'gen_ai.response.id': 'resp-1' }

  test.each([
    ['in one request', (spans: readonly ReadableSpan[]) => [spans]],
    ['the inner first', (spans: readonly ReadableSpan[]) => spans.map(span => [span])],
    ['the outer first', (spans: readonly ReadableSpan[]) => spans.toReversed().map(span => [span])],
  ])('%s', async (_, batches) => {
    for (const [inner, outer] of [
      [
        { ...chat, ...answer },
        { ...chat, ...answer },
      ],
      [chat, chat],
    ]) {
      const { store, server } = await setUp()
      const spans = await madeBy(tracer => {
        const around = tracer.startSpan('ai.generateText.doGenerate', { attributes: outer as Attributes })
        child(tracer, around, 'chat', inner as Attributes)
        around.end()
      })
      for (const batch of batches(spans)) await sender(server)(bytesOf(batch), protobuf)
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 812, output: 164 } })
      expect((await store.traces.list({})).items).toHaveLength(1)
    }
  })
})

test('who sends us records and spans of OpenTelemetry is billed once', async () => {
  const { store, server } = await setUp()
  const recorder = createRecorder({ store: httpStore({ url: server.url, key: server.key }) })
  const exporter = new ProtoExporter({
    url: `${server.url}/v1/otlp/v1/traces`,
    headers: { authorization: `Bearer ${server.key}` },
  })
  const processor = new BatchSpanProcessor({ exporter })
  const otel = otelSink({ processor: processor as never })
  const usage = { input: 812, output: 164, total: 976 }
  const record = spanOf({
    type: 'model',
    key: 'openai.chat.completions',
    runId: 'run-1',
    usage,
    model: 'gpt-5-mini',
  })
  const call = { status: 'success', durationMs: record.durationMs, usage, model: 'gpt-5-mini' } as const
  recorder.append(runEvent({ runId: 'run-1', metric: `call:${record.spanId}`, value: call }))
  for (const sink of [recorder, otel]) sink.append(record)
  await otel.close()
  await recorder.close()
  const headers = { authorization: `Bearer ${server.key}` }
  const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text()
  expect(metrics).toContain('{route="/v1/otlp/v1/traces",result="counted"} 1')
  expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: usage })
})
