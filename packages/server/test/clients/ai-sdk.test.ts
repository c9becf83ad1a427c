import { readFileSync } from 'node:fs'
import { OpenTelemetry } from '@ai-sdk/otel'
import { context, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import * as ai7 from 'ai'
import { MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test'
import * as ai5 from 'ai-5'
import { MockEmbeddingModelV2, MockLanguageModelV2 } from 'ai-5/test'
import * as ai6 from 'ai-6'
import { MockEmbeddingModelV3, MockLanguageModelV3 } from 'ai-6/test'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startApplication } from './application.ts'

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

// biome-ignore lint/suspicious/noExplicitAny: one program for three major versions, whose types differ.
type Any = any

interface Version {
  readonly name: string
  readonly sdk: Any
  readonly Model: Any
  readonly Embedding: Any
  readonly usage: Any
  readonly finish: (reason: string) => Any
  telemetry(tracer: Tracer): Any
}

const detailed = {
  inputTokens: { total: 812, noCache: 312, cacheRead: 500, cacheWrite: 0 },
  outputTokens: { total: 164, text: 64, reasoning: 100 },
}
const flat = {
  inputTokens: 812,
  outputTokens: 164,
  totalTokens: 976,
  cachedInputTokens: 500,
  reasoningTokens: 100,
}
const metadata = { userId: 'ann', sessionId: 's-1' }
const inOptions = (tracer: Tracer) => ({ experimental_telemetry: { isEnabled: true, tracer, metadata } })

const versions: readonly Version[] = [
  {
    ...{ name: versionOf('ai-5'), sdk: ai5, Model: MockLanguageModelV2, Embedding: MockEmbeddingModelV2 },
    ...{ usage: flat, finish: reason => reason, telemetry: inOptions },
  },
  {
    ...{ name: versionOf('ai-6'), sdk: ai6, Model: MockLanguageModelV3, Embedding: MockEmbeddingModelV3 },
    ...{ usage: detailed, finish: reason => ({ unified: reason, raw: reason }), telemetry: inOptions },
  },
  {
    name: `${versionOf('ai')} with @ai-sdk/otel ${versionOf('@ai-sdk/otel')}`,
    ...{ sdk: ai7, Model: MockLanguageModelV4, Embedding: MockEmbeddingModelV4 },
    ...{ usage: detailed, finish: reason => ({ unified: reason, raw: reason }) },
    telemetry: tracer => ({ telemetry: { integrations: [new OpenTelemetry({ tracer })] } }),
  },
]

describe.each(versions)(
  'client: Vercel AI SDK $name',
  ({ sdk, Model, Embedding, usage, finish, telemetry }) => {
    const text = {
      content: [{ type: 'text', text: 'In the post.' }],
      finishReason: finish('stop'),
      usage,
      warnings: [],
    }

    async function setUp() {
      const application = await startApplication()
      ends.push(application.end)
      return { ...application, options: telemetry(application.tracerOf('ai')) }
    }

    test('arrives: tokens of each model call', async () => {
      const { store, flush, options } = await setUp()
      const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doGenerate: async () => text })
      await sdk.generateText({ model, prompt: 'Where is it?', ...options })
      await flush()
      const [bill] = await store.runs.usage({ groupBy: ['provider'] })
      expect(bill).toMatchObject({
        ...{ group: { provider: 'openai' }, runs: 1, succeeded: 1, unknownUsageRuns: 0 },
        tokens: { input: 812, output: 164, total: 976 },
      })
    })

    test('arrives: a loop with tools, whose calls are billed once each, and whose tools are spans', async () => {
      const { store, flush, options } = await setUp()
      const toolCall = { type: 'tool-call', toolCallId: 'c-1', toolName: 'search', input: '{"order":7}' }
      const answers = [{ ...text, content: [toolCall], finishReason: finish('tool-calls') }, text]
      const model = new Model({
        modelId: 'gpt-5-mini',
        provider: 'openai',
        doGenerate: async () => answers.shift() ?? text,
      })
      const search = sdk.tool({
        inputSchema: sdk.jsonSchema({ type: 'object', properties: { order: { type: 'number' } } }),
        execute: async () => ({ state: 'sent' }),
      })
      const stopWhen = (sdk.stepCountIs ?? sdk.isStepCount)(3)
      await sdk.generateText({ model, prompt: 'Where is it?', tools: { search }, stopWhen, ...options })
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 1624, output: 328 } })
      const [item] = (await store.traces.list({})).items
      const kept = await store.traces.get(item?.traceId ?? '')
      expect(kept?.spans.filter(({ type }) => type === 'model')).toHaveLength(2)
      const tool = kept?.spans.find(({ type }) => type === 'tool')
      expect(JSON.parse(tool?.input.json ?? '[]')).toEqual([{ order: 7 }])
      expect(tool?.output?.json).toContain('sent')
    })

    test('arrives: messages and answers', async () => {
      const { store, flush, options } = await setUp()
      const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doGenerate: async () => text })
      await sdk.generateText({ model, prompt: 'Where is it?', ...options })
      await flush()
      const [item] = (await store.traces.list({})).items
      const kept = await store.traces.get(item?.traceId ?? '')
      const call = kept?.spans.find(({ type }) => type === 'model')
      expect(call?.input.json).toContain('Where is it?')
      expect(call?.output?.json).toContain('In the post.')
    })

    test('arrives: streams', async () => {
      const { store, flush, options } = await setUp()
      const parts = [
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'In the post.' },
        { type: 'text-end', id: '1' },
        { type: 'finish', finishReason: finish('stop'), usage },
      ]
      const doStream = async () => ({ stream: ReadableStream.from(parts) })
      const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doStream })
      const { textStream } = sdk.streamText({ model, prompt: 'Where is it?', ...options })
      for await (const _ of textStream);
      await new Promise(resolve => setTimeout(resolve, 20))
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 812, output: 164 } })
    })

    test('arrives: calls that failed', async () => {
      const { store, flush, options } = await setUp()
      const doGenerate = async () => {
        throw new Error('no capacity')
      }
      const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doGenerate })
      await expect(
        sdk.generateText({ model, prompt: 'Where is it?', maxRetries: 0, ...options }),
      ).rejects.toThrow('no capacity')
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, failed: 1 })
    })

    test('arrives: embeddings', async () => {
      const { store, flush, options } = await setUp()
      const doEmbed = async () => ({ embeddings: [[0.1, 0.2]], usage: { tokens: 9 }, warnings: [] })
      const model = new Embedding({
        modelId: 'text-embedding-3-small',
        provider: 'openai',
        doEmbed,
        maxEmbeddingsPerCall: 5,
      })
      await sdk.embed({ model, value: 'parcel', ...options })
      await flush()
      expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { input: 9, output: 0 } })
    })
  },
)

describe.each(versions.slice(0, 2))(
  'client: Vercel AI SDK $name',
  ({ sdk, Model, usage, finish, telemetry }) => {
    test('arrives: userId and sessionId of its metadata', async () => {
      const { store, flush, tracerOf, end } = await startApplication()
      ends.push(end)
      const text = {
        content: [{ type: 'text', text: 'Hi' }],
        finishReason: finish('stop'),
        usage,
        warnings: [],
      }
      const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doGenerate: async () => text })
      await sdk.generateText({ model, prompt: 'Hi', ...telemetry(tracerOf('ai')) })
      await flush()
      expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
      expect((await store.traces.list({ sessionId: 's-1' })).items).toHaveLength(1)
    })
  },
)

/** The tokens of a call of which 500 were cached. */
async function billOf({ sdk, Model, usage, finish, telemetry }: Version) {
  const { store, flush, tracerOf, end } = await startApplication()
  ends.push(end)
  const text = { content: [{ type: 'text', text: 'Hi' }], finishReason: finish('stop'), usage, warnings: [] }
  const model = new Model({ modelId: 'gpt-5-mini', provider: 'openai', doGenerate: async () => text })
  await sdk.generateText({ model, prompt: 'Hi', ...telemetry(tracerOf('ai')) })
  await flush()
  return (await store.runs.usage({}))[0]?.tokens
}

describe.each(versions.slice(0, 1))('client: Vercel AI SDK $name', version => {
  test('lost: how many tokens were cached or spent on reasoning, because only the sum of a loop has them', async () => {
    expect(await billOf(version)).toEqual({ input: 812, output: 164, total: 976 })
  })
})

describe.each(versions.slice(1))('client: Vercel AI SDK $name', version => {
  test('arrives: how many tokens were cached', async () => {
    expect(await billOf(version)).toMatchObject({ input: 812, output: 164, total: 976, cachedInput: 500 })
  })
})

/** The span of a call with what an application says of its own. */
async function spanOf(call: (application: Awaited<ReturnType<typeof startApplication>>) => Promise<unknown>) {
  const application = await startApplication()
  ends.push(application.end)
  await call(application)
  await application.flush()
  const [item] = (await application.store.traces.list({})).items
  const kept = await application.store.traces.get(item?.traceId ?? '')
  return { ...application, span: kept?.spans.find(({ type }) => type === 'model') }
}

const answerOf = ({ usage, finish }: Version, more: object = {}) => ({
  ...{ content: [{ type: 'text', text: 'Hi' }], finishReason: finish('stop'), usage, warnings: [] },
  ...more,
})

describe.each(versions.slice(0, 2))('client: Vercel AI SDK $name', version => {
  test('arrives: metadata, tags, and name and version of a linked prompt', async () => {
    const { sdk, Model } = version
    const { span } = await spanOf(async ({ tracerOf }) => {
      const model = new Model({ doGenerate: async () => answerOf(version) })
      const langfusePrompt = JSON.stringify({ name: 'desk', version: 3 })
      const own = { plan: 'pro', tags: ['vip'], langfusePrompt }
      const experimental_telemetry = { isEnabled: true, tracer: tracerOf('ai'), metadata: own }
      await sdk.generateText({ model, prompt: 'Hi', experimental_telemetry })
    })
    expect(span?.tags).toEqual(['vip'])
    expect(span?.metadata).toMatchObject({ plan: 'pro', prompt: { name: 'desk', version: 3 } })
  })
})

describe.each(versions.slice(2))('client: Vercel AI SDK $name', version => {
  test('arrives: users and sessions that its enrichSpan sets', async () => {
    const { sdk, Model } = version
    const { span, store } = await spanOf(async ({ tracerOf }) => {
      const enrichSpan = () => ({ 'user.id': 'ann', 'session.id': 's-1' })
      const integrations = [new OpenTelemetry({ tracer: tracerOf('ai'), enrichSpan })]
      const model = new Model({ doGenerate: async () => answerOf(version) })
      await sdk.generateText({ model, prompt: 'Hi', telemetry: { integrations } })
    })
    expect(span?.sessionId).toBe('s-1')
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
  })
})

test('what Anthropic read from its cache is a part of the input, though version 5 leaves it out', async () => {
  const [version] = versions as [Version]
  const raw = {
    input_tokens: 12,
    output_tokens: 5,
    cache_read_input_tokens: 700,
    cache_creation_input_tokens: 20,
  }
  const { span } = await spanOf(async ({ tracerOf }) => {
    const usage = { inputTokens: 12, outputTokens: 5, totalTokens: 17, cachedInputTokens: 700 }
    const providerMetadata = { anthropic: { usage: raw, cacheCreationInputTokens: 20 } }
    const model = new MockLanguageModelV2({
      provider: 'anthropic.messages',
      doGenerate: async () => answerOf(version, { usage, providerMetadata }) as never,
    })
    const experimental_telemetry = { isEnabled: true, tracer: tracerOf('ai') }
    await ai5.generateText({ model, prompt: 'Hi', experimental_telemetry })
  })
  const kept = { input: 732, output: 5, total: 737, cachedInput: 700, cacheWrite: 20 }
  expect(span?.usage).toEqual(kept)
})
