import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { instrumentOpenAI } from '@runtape/openai'
import { configureTracing, traced } from '@runtape/trace'
import OpenAI from 'openai'
import * as sdk1 from 'otel-sdk-1'
import * as sdk2 from 'otel-sdk-2'
import { afterEach, expect, test, vi } from 'vitest'
import { otelSink } from '../src/index.ts'
import { record } from './set-up.ts'

afterEach(() => configureTracing(undefined))

const parentSpanId = '00f067aa0ba902b7'

test('version 1 of the SDK reads parent and scope under its own names', async () => {
  const exporter = new sdk1.InMemorySpanExporter()
  const printed = vi.spyOn(console, 'dir').mockImplementation(() => {})
  const sinks = [exporter, new sdk1.ConsoleSpanExporter()].map(one =>
    otelSink({ processor: new sdk1.BatchSpanProcessor(one) }),
  )
  for (const sink of sinks) {
    sink.append(record({ parentSpanId }))
    await sink.flush()
  }
  expect(exporter.getFinishedSpans()).toMatchObject([
    { name: 'orders.lookup', parentSpanId, instrumentationLibrary: { name: '@runtape/otel' } },
  ])
  expect(printed.mock.calls[0]?.[0]).toMatchObject({ parentId: parentSpanId, duration: 12_500 })
  printed.mockRestore()
  for (const sink of sinks) await sink.close()
})

test('version 2 of the SDK reads parent and scope under its own names', async () => {
  const exporter = new sdk2.InMemorySpanExporter()
  const sink = otelSink({ processor: new sdk2.BatchSpanProcessor(exporter) })
  sink.append(record({ parentSpanId }))
  await sink.flush()
  expect(exporter.getFinishedSpans()).toMatchObject([
    { parentSpanContext: { spanId: parentSpanId }, instrumentationScope: { name: '@runtape/otel' } },
  ])
  await sink.close()
})

interface Received {
  resourceSpans: {
    resource: { attributes: unknown[] }
    scopeSpans: { scope: { name: string }; spans: Record<string, unknown>[] }[]
  }[]
}

async function startCollector() {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { received, url: `http://127.0.0.1:${port}/v1/traces`, close: () => server.close() }
}

test('a collector receives a whole trace from the real exporter, including a call of the real OpenAI client', async () => {
  const collector = await startCollector()
  const exporter = new OTLPTraceExporter({ url: collector.url })
  const sink = otelSink({ processor: new BatchSpanProcessor({ exporter }) })
  configureTracing({ sink })
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Soon.' }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 }
  const fetch = async () => Response.json({ model: 'gpt-4o-2024-08-06', choices, usage })
  const openai = instrumentOpenAI(new OpenAI({ apiKey: 'none', fetch }))
  const answer = traced('support.answer', (content: string) =>
    openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] }),
  )
  await answer('When?')
  await sink.close()
  collector.close()

  const [batch] = collector.received.flatMap(({ resourceSpans }) => resourceSpans)
  expect(batch?.resource.attributes).toEqual([
    { key: 'service.name', value: { stringValue: 'unknown_service:node' } },
  ])
  const [{ scope, spans } = { scope: undefined, spans: [] }] = batch?.scopeSpans ?? []
  expect(scope?.name).toBe('@runtape/otel')
  const [call, root] = spans
  expect(call).toMatchObject({
    name: 'chat gpt-4o',
    kind: 3,
    parentSpanId: root?.spanId,
    traceId: root?.traceId,
  })
  expect(root).toMatchObject({ name: 'support.answer', kind: 1 })
  expect(call?.attributes).toEqual(
    expect.arrayContaining([
      { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
      { key: 'gen_ai.response.model', value: { stringValue: 'gpt-4o-2024-08-06' } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: 12 } },
    ]),
  )
})
