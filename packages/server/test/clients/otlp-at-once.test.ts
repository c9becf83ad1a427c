import { type Attributes, context, type Tracer, trace } from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { httpStore } from '@runtape/store-http'
import { memoryStore } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer } from '../serve.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function start() {
  const store = memoryStore()
  // A store behind a socket takes its time, so that requests overlap.
  const behind = await startServer(store)
  const server = await startServer(httpStore({ url: behind.url, key: behind.key }))
  ends.push(server.close, behind.close)
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  /** Each span in a request of its own, all at once, as a processor without batches sends them. */
  const sendAll = async () => {
    const answers = await Promise.all(
      exporter.getFinishedSpans().map(span =>
        fetch(`${server.url}/v1/otlp/v1/traces`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/x-protobuf' },
          body: new Uint8Array(ProtobufTraceSerializer.serializeRequest([span]) ?? []),
        }),
      ),
    )
    return answers.map(({ status }) => status)
  }
  return { store, tracer: provider.getTracer('shop'), sendAll }
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.usage.input_tokens': 812,
  'gen_ai.usage.output_tokens': 164,
}

function nested(tracer: Tracer, inner: Attributes, outer: Attributes): void {
  const around = tracer.startSpan('outer', { attributes: outer })
  tracer.startSpan('inner', { attributes: inner }, trace.setSpan(context.active(), around)).end()
  around.end()
}

describe('requests at the same time', () => {
  test('a call that two of them tell is billed once', async () => {
    const { store, tracer, sendAll } = await start()
    for (let run = 0; run < 20; run++) nested(tracer, chat, chat)
    expect(new Set(await sendAll())).toEqual(new Set([200]))
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 20, tokens: { input: 20 * 812 } })
  })

  test('content that is nested too deeply stays a text', async () => {
    const { store, tracer, sendAll } = await start()
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    tracer.startSpan('deep', { attributes: { ...chat, 'gen_ai.input.messages': deep } }).end()
    tracer.startSpan('good', { attributes: chat }).end()
    expect(new Set(await sendAll())).toEqual(new Set([200]))
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 2, tokens: { input: 2 * 812 } })
  })
})
