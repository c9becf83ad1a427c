import type { Attributes, Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { memoryStore } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer } from '../serve.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const messages = (text: string): string =>
  JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: text }] }])

const chat = {
  ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 8, 'gen_ai.usage.output_tokens': 1 },
  'gen_ai.input.messages': messages('Where is it?'),
  'gen_ai.output.messages': messages('In the post.'),
}

type Limits = Readonly<Record<string, number>>

describe.each([ProtoExporter, JsonExporter])('content that the SDK cut, by %o', Exporter => {
  async function spansOf(spanLimits: Limits, work: (tracer: Tracer) => void) {
    const store = memoryStore()
    const server = await startServer(store)
    ends.push(server.close)
    const exporter = new Exporter({
      url: `${server.url}/v1/otlp/v1/traces`,
      headers: { authorization: `Bearer ${server.key}` },
    })
    const provider = new TracerProvider({
      spanLimits,
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    })
    ends.push(() => provider.shutdown())
    work(provider.getTracer('shop'))
    await provider.forceFlush()
    const { items } = await store.traces.list()
    const traces = await Promise.all(items.map(({ traceId }) => store.traces.get(traceId)))
    const [bill] = await store.runs.usage({})
    return { spans: traces.flatMap(trace => trace?.spans ?? []), bill }
  }

  const one = async (limits: Limits, attributes: Attributes) => {
    const { spans } = await spansOf(limits, tracer => tracer.startSpan('chat', { attributes }).end())
    const [{ input, output, metadata } = {}] = spans
    return { input: input?.lossy, output: output?.lossy, answersReplays: metadata?.answersReplays }
  }

  test('whole content has no marks, and answers replays', async () => {
    expect(await one({}, chat)).toEqual({ input: undefined, output: undefined, answersReplays: true })
  })

  test('JSON that ends in its middle is marked, and answers no replay', async () => {
    const long = { ...chat, 'gen_ai.input.messages': messages('Where is it? '.repeat(50)) }
    expect(await one({ attributeValueLengthLimit: 250 }, long)).toEqual({
      input: ['$[0]: the SDK cut it at 250 characters'],
      output: undefined,
      answersReplays: false,
    })
  })

  test('a plain text is marked if it has the length at which JSON was cut, or a usual limit', async () => {
    const sdk = {
      ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'ai.response.text': 'In the post. '.repeat(99) },
      'ai.prompt.messages': messages('Where is it? '.repeat(99)),
    }
    expect(await one({ attributeValueLengthLimit: 333 }, sdk)).toMatchObject({
      input: ['$[0]: the SDK cut it at 333 characters'],
      output: ['$: the SDK cut it at 333 characters'],
    })
    const short = { ...sdk, 'ai.prompt.messages': messages('Where?') }
    expect(await one({ attributeValueLengthLimit: 1024 }, short)).toEqual({
      input: undefined,
      output: ['$: it may be cut, since it has exactly 1024 characters'],
      answersReplays: false,
    })
  })

  test('an answer that looks like JSON and is none is what the model said', async () => {
    for (const text of ['{"name": "Ann', '[see the notes](https://example.com)'])
      expect(
        await one(
          {},
          {
            ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'ai.response.text': text },
            'ai.prompt.messages': messages('Who?'),
          },
        ),
      ).toMatchObject({ output: undefined, answersReplays: true })
  })

  test('a span with dropped attributes or events may lack any content', async () => {
    const dropped = ['$: the SDK dropped 1 attributes or events of the span']
    const { 'gen_ai.output.messages': _, ...rest } = chat
    expect(await one({ attributeCountLimit: 5 }, { ...chat, extra: 1 })).toEqual({
      input: dropped,
      output: dropped,
      answersReplays: false,
    })
    expect(await one({ attributeCountLimit: 4 }, { ...rest, extra: 1 })).toMatchObject({ input: dropped })
  })

  test('ids of answers that were cut to the same text are not one answer', async () => {
    const { bill } = await spansOf({ attributeValueLengthLimit: 12 }, tracer => {
      const root = tracer.startSpan('root')
      const parent = { ...root.spanContext() }
      for (const id of ['chatcmpl-1234-a', 'chatcmpl-1234-b']) {
        const attributes = { ...chat, 'gen_ai.response.id': id }
        const span = tracer.startSpan('chat', { attributes, links: [{ context: parent }] })
        span.end()
      }
      root.end()
    })
    expect(bill?.tokens?.input).toBe(16)
  })
})
