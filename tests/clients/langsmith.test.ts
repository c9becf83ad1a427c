import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { LangSmithOTLPTraceExporter } from 'langsmith/experimental/otel/exporter'
import { LangSmithOTLPSpanProcessor } from 'langsmith/experimental/otel/processor'
import { initializeOTEL } from 'langsmith/experimental/otel/setup'
import { RunTree } from 'langsmith/run_trees'
import { traceable } from 'langsmith/traceable'
import { wrapOpenAI } from 'langsmith/wrappers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  billIn,
  modelSpansIn,
  setUp,
  spansIn,
  toolIn,
  typesIn,
  versionOf,
  withContexts,
} from './application.ts'
import { conversationWith } from './conversation.ts'
import { answeredModel, parts, told } from './model-server.ts'

withContexts()

// It has one exporter per process: the spans go to the server of the test that runs.
let exporter: SpanExporter | undefined
const processor = new LangSmithOTLPSpanProcessor({
  export: (spans, done) => exporter?.export(spans, done),
  shutdown: async () => {},
})
const globalTracerProvider = new BasicTracerProvider({ spanProcessors: [processor] })
trace.setGlobalTracerProvider(globalTracerProvider)
initializeOTEL({ globalTracerProvider, skipGlobalContextManagerSetup: true })

// Its client asks LangSmith what that can do, also if it sends spans only.
const langSmith = createServer((_, response) => response.end('{}'))
beforeAll(async () => {
  await new Promise<void>(resolve => langSmith.listen(0, '127.0.0.1', resolve))
  const { port } = langSmith.address() as AddressInfo
  process.env.LANGSMITH_ENDPOINT = `http://127.0.0.1:${port}`
  process.env.LANGSMITH_API_KEY = 'none'
  process.env.LANGSMITH_TRACING = 'true'
  process.env.LANGSMITH_OTEL_ENABLED = 'true'
})
afterAll(() => {
  langSmith.closeAllConnections()
  langSmith.close()
})

async function start() {
  const place = await setUp()
  exporter = new LangSmithOTLPTraceExporter({
    ...{ url: `${place.server.url}/v1/otlp/v1/traces`, headers: place.headers },
  })
  const conversation = conversationWith(wrapOpenAI(place.openAi()))
  const flush = async () => {
    await RunTree.getSharedClient().awaitPendingTraceBatches()
    await processor.forceFlush()
  }
  return { ...place, conversation, flush }
}

const metadata = { session_id: 's-1', user_id: 'ann', plan: 'pro', lc_hub_repo: 'desk' }

describe(`client: LangSmith ${versionOf('langsmith')}`, () => {
  test('arrives: tokens of each model call of wrapOpenAI, with cached ones and reasoning', async () => {
    const { store, flush, conversation } = await start()
    await conversation.plain()
    await flush()
    const [bill] = await store.runs.usage({ groupBy: ['model', 'provider'] })
    expect(bill).toMatchObject({ runs: 1, succeeded: 1, tokens: { ...told, ...parts } })
    expect(bill?.group).toEqual({ model: answeredModel, provider: 'openai' })
  })

  test('arrives: loops with tools, whose calls are billed once each, and whose tools are spans', async () => {
    const { store, flush, conversation } = await start()
    const search = traceable(async (_: unknown) => ({ state: 'sent' }), { name: 'search', run_type: 'tool' })
    await traceable(() => conversation.loops(search), { name: 'desk' })()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, succeeded: 1, tokens: { input: 2 * told.input } })
    expect(await typesIn(store)).toEqual(['chain', 'model', 'model', 'tool'])
    expect(await toolIn(store)).toEqual({ input: '[{"order":7}]', output: '{"state":"sent"}' })
    expect((await modelSpansIn(store))[0]?.output?.json).toContain('"name":"search"')
  })

  test('arrives: messages, references of images', async () => {
    const { store, flush, conversation } = await start()
    await conversation.looksAtImage()
    await flush()
    const [call] = await modelSpansIn(store)
    expect(JSON.parse(call?.input.json ?? '')[0][0].content[1].image_url.url).toBe(
      'https://example.com/parcel.png',
    )
    expect(call?.output?.json).toBe('[{"role":"assistant","content":"In the post."}]')
  })

  test('arrives: users and sessions of metadata, metadata, tags, name of a prompt', async () => {
    const { store, flush, conversation } = await start()
    await traceable(conversation.plain, { name: 'desk', metadata, tags: ['vip', 'eu'] })()
    await flush()
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
    const [desk] = await spansIn(store)
    expect(desk).toMatchObject({ sessionId: 's-1', tags: ['vip', 'eu'] })
    expect(desk?.metadata).toMatchObject({ plan: 'pro', prompt: { name: 'desk' }, dialect: 'LangSmith' })
  })

  test('arrives: calls that failed', async () => {
    const { store, flush, conversation } = await start()
    await conversation.fails()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, failed: 1 })
    expect((await spansIn(store))[0]?.error?.message).toContain('no capacity')
  })

  test('lost: streams without a traced function around them, because it sends no spans of them', async () => {
    const { store, flush, conversation } = await start()
    await conversation.streams()
    await flush()
    expect(await spansIn(store)).toEqual([])
  })

  test('lost: all but one stream of a traced function, and the function itself, because it writes streams onto the span of the function', async () => {
    const { store, flush, conversation } = await start()
    const desk = async () => {
      await conversation.plain()
      await conversation.streams()
      await conversation.streams()
    }
    await traceable(desk, { name: 'desk' })()
    await flush()
    expect(await typesIn(store)).toEqual(['model', 'model'])
    expect(await billIn(store)).toMatchObject({ runs: 1, tokens: { input: 2 * told.input } })
  })

  test('lost: embeddings of wrapOpenAI, because it sends no spans of them', async () => {
    const { store, flush, conversation } = await start()
    await conversation.embeds()
    await flush()
    expect(await spansIn(store)).toEqual([])
  })
})
