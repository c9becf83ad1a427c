import { observeOpenAI } from '@langfuse/openai'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import {
  propagateAttributes,
  setLangfuseTracerProvider,
  startActiveObservation,
  startObservation,
} from '@langfuse/tracing'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { describe, expect, test } from 'vitest'
import {
  atEnd,
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

/** An application of Langfuse's SDK, with an address and a secret key of another server. */
async function start() {
  const place = await setUp()
  const processor = new LangfuseSpanProcessor({
    ...{ publicKey: 'any', secretKey: place.server.key, baseUrl: place.server.url },
    mediaUploadEnabled: false,
  })
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  setLangfuseTracerProvider(provider)
  atEnd(() => provider.shutdown())
  const prompt = { name: 'desk', version: 3, isFallback: false }
  const openAi = observeOpenAI(place.openAi(), {
    langfusePrompt: prompt,
    generationMetadata: { plan: 'pro' },
  })
  const flush = () => processor.forceFlush()
  return { ...place, flush, conversation: conversationWith(openAi) }
}

describe(`client: Langfuse ${versionOf('@langfuse/otel')}`, () => {
  test('arrives: tokens of each model call of @langfuse/openai, with cached ones and reasoning, also of streams', async () => {
    const { store, flush, conversation } = await start()
    await conversation.plain()
    await conversation.streams()
    await flush()
    const usages = (await modelSpansIn(store)).map(({ usage }) => usage)
    expect(usages).toEqual([
      { ...told, ...parts },
      { ...told, ...parts },
    ])
    expect(await billIn(store)).toMatchObject({
      ...{ runs: 2, unknownUsageRuns: 0, succeeded: 2 },
      tokens: { input: 2 * told.input, output: 2 * told.output, total: 2 * told.total },
    })
    expect((await store.runs.usage({ groupBy: ['model'] })).map(({ group }) => group.model).sort()).toEqual([
      'gpt-5-mini',
      answeredModel,
    ])
  })

  test('arrives: a loop with tools in an observation, whose calls are billed once each', async () => {
    const { store, flush, conversation } = await start()
    await startActiveObservation('desk', async desk => {
      desk.update({ input: { question: 'Where is it?' } })
      await conversation.loops(given =>
        startActiveObservation(
          'search',
          async tool => {
            tool.update({ input: given, output: { state: 'sent' } })
            return { state: 'sent' }
          },
          { asType: 'tool' },
        ),
      )
    })
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, succeeded: 1, tokens: { input: 2 * told.input } })
    expect(await typesIn(store)).toEqual(['model', 'model', 'span', 'tool'])
    expect(await toolIn(store)).toEqual({ input: '[{"order":7}]', output: '{"state":"sent"}' })
    const desk = (await spansIn(store)).find(({ type }) => type === 'span')
    expect(desk?.input.json).toBe('[{"question":"Where is it?"}]')
    expect((await modelSpansIn(store))[0]?.output?.json).toContain('"name":"search"')
  })

  test('arrives: messages, references of images, the time to the first token', async () => {
    const { store, flush, conversation } = await start()
    await conversation.looksAtImage()
    await conversation.streams()
    await flush()
    const [image, stream] = await modelSpansIn(store)
    expect(JSON.parse(image?.input.json ?? '')[0][0].content[1].image_url.url).toBe(
      'https://example.com/parcel.png',
    )
    expect(image?.output?.json).toBe('{"role":"assistant","content":"In the post."}')
    expect(stream?.timeToFirstTokenMs).toBeGreaterThanOrEqual(0)
  })

  test('arrives: users, sessions, tags, metadata, name and version of a prompt', async () => {
    const { store, flush, conversation } = await start()
    const whose = { userId: 'ann', sessionId: 's-1', tags: ['vip'], metadata: { region: 'eu' } }
    await propagateAttributes(whose, conversation.plain)
    await flush()
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
    const [span] = await spansIn(store)
    expect(span).toMatchObject({ sessionId: 's-1', tags: ['vip'] })
    expect(span?.metadata).toMatchObject({ plan: 'pro', region: 'eu', prompt: { name: 'desk', version: 3 } })
  })

  test('arrives: calls that failed', async () => {
    const { store, flush, conversation } = await start()
    await conversation.fails()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, failed: 1, unknownUsageRuns: 0 })
    expect((await spansIn(store))[0]?.error?.message).toContain('no capacity')
  })

  test('arrives: generations and embeddings of the application, with usage in the words of each provider', async () => {
    const { store, flush } = await start()
    const generation = (name: string, usageDetails: Record<string, number>) =>
      startObservation(name, { model: 'm', usageDetails }, { asType: 'generation' }).end()
    generation('anthropic', {
      ...{ input: 10, output: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 2 },
    })
    generation('openai', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 })
    generation('unknown', { output: 4 })
    startObservation('embedding', { model: 'm', usageDetails: { input: 4 } }, { asType: 'embedding' }).end()
    await flush()
    const byName = Object.fromEntries((await modelSpansIn(store)).map(({ name, usage }) => [name, usage]))
    expect(byName).toEqual({
      anthropic: { input: 19, output: 5, total: 24, cachedInput: 7, cacheWrite: 2 },
      openai: { input: 10, output: 5, total: 15 },
      embedding: { input: 4, output: 0, total: 4 },
      unknown: undefined,
    })
    expect(await billIn(store)).toMatchObject({ runs: 4, unknownUsageRuns: 1 })
  })

  test('lost: tokens of embeddings of @langfuse/openai, because its spans have none: their runs have unknown usage', async () => {
    const { store, flush, conversation } = await start()
    await conversation.embeds()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, unknownUsageRuns: 1 })
  })

  test('lost: scores and images, because they are sent to other paths than spans', async () => {
    const { server } = await start()
    for (const path of ['ingestion', 'media', 'scores'])
      expect((await fetch(`${server.url}/api/public/${path}`, { method: 'POST' })).status).toBe(404)
  })
})

test('a generation around an instrumented call is billed once', async () => {
  const { store, flush, conversation } = await start()
  const outer = { model: 'gpt-5-mini', usageDetails: { input: told.input, output: told.output } }
  await startActiveObservation(
    'ask',
    async ask => void ask.update(outer).update({ output: await conversation.plain() }),
    {
      asType: 'generation',
    },
  )
  await flush()
  expect(await modelSpansIn(store)).toHaveLength(2)
  expect(await billIn(store)).toMatchObject({ runs: 1, tokens: told })
})
