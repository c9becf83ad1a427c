import { setMetadata, setPromptTemplate, setSession, setTags, setUser } from '@arizeai/openinference-core'
import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { context, trace } from '@opentelemetry/api'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import {
  billIn,
  modelSpansIn,
  provider,
  spansIn,
  startApplication,
  versionOf,
  withContexts,
} from './application.ts'
import { conversationWith } from './conversation.ts'
import { answeredModel, parts, told } from './model-server.ts'

withContexts()

new OpenAIInstrumentation({ tracerProvider: provider }).manuallyInstrument(OpenAI)

async function start() {
  const application = await startApplication()
  return { ...application, conversation: conversationWith(application.openAi()) }
}

const version = versionOf('@arizeai/openinference-instrumentation-openai')

describe(`client: OpenInference for OpenAI ${version}`, () => {
  test('arrives: tokens of each model call, with cached ones and reasoning, once however often they are sent', async () => {
    const { store, flush, sendAgain, conversation } = await start()
    await conversation.plain()
    await flush()
    await sendAgain()
    const [bill] = await store.runs.usage({ groupBy: ['model', 'provider'] })
    expect(bill).toMatchObject({
      runs: 1,
      unknownUsageRuns: 0,
      group: { model: answeredModel, provider: 'openai' },
    })
    expect(bill?.tokens).toMatchObject({ ...told, ...parts })
  })

  test('arrives: messages, tools that the model calls, references of images', async () => {
    const { store, flush, conversation } = await start()
    await conversation.loops(async () => ({ state: 'sent' }))
    await conversation.looksAtImage()
    await flush()
    const [first, second, image] = await modelSpansIn(store)
    const called = { id: 'c-1', function: { name: 'search', arguments: { order: 7 } } }
    expect(JSON.parse(first?.output?.json ?? '')).toEqual([{ role: 'assistant', tool_calls: [called] }])
    expect(JSON.parse(second?.input.json ?? '')[0].slice(0, 2)).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Where is it?' },
    ])
    expect(second?.output?.json).toBe('[{"role":"assistant","content":"In the post."}]')
    expect(JSON.parse(image?.input.json ?? '')[0][0].contents).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image', image: { url: 'https://example.com/parcel.png' } },
    ])
  })

  test('arrives: users, sessions, tags, metadata and the version of a prompt, from its contexts', async () => {
    const { store, flush, conversation } = await start()
    let active = setUser(context.active(), { userId: 'ann' })
    active = setSession(active, { sessionId: 's-1' })
    active = setTags(setMetadata(active, { plan: 'pro' }), ['vip', 'eu'])
    active = setPromptTemplate(active, { template: 'T', variables: {}, version: 'v2' })
    await context.with(active, conversation.plain)
    await flush()
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
    const [span] = await spansIn(store)
    expect(span).toMatchObject({ sessionId: 's-1', tags: ['vip', 'eu'] })
    expect(span?.metadata).toMatchObject({ plan: 'pro', prompt: { version: 'v2' }, dialect: 'OpenInference' })
  })

  test('lost: calls that failed, because their spans never end', async () => {
    const { store, flush, conversation } = await start()
    await conversation.fails()
    await flush()
    expect(await spansIn(store)).toEqual([])
  })

  test('lost: tokens of streams, because their spans have none: their runs have unknown usage', async () => {
    const { store, flush, conversation } = await start()
    await conversation.streams()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, unknownUsageRuns: 1 })
    expect((await modelSpansIn(store))[0]?.output?.json).toContain('In the post.')
  })

  test('lost: tokens of embeddings, because their spans have none: their runs have unknown usage', async () => {
    const { store, flush, conversation } = await start()
    await conversation.embeds()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, unknownUsageRuns: 1 })
    expect((await modelSpansIn(store))[0]?.output?.json).toBe('[[0.5,0.25]]')
  })

  test('lost: runs of tools, because the application calls them itself', async () => {
    const { store, flush, conversation } = await start()
    await conversation.loops(async () => ({ state: 'sent' }))
    await flush()
    expect((await spansIn(store)).map(({ type }) => type)).toEqual(['model', 'model'])
  })
})

test('calls below a span of the application are one run', async () => {
  const { store, flush, conversation } = await start()
  const root = provider.getTracer('shop').startSpan('answer')
  await context.with(trace.setSpan(context.active(), root), async () => {
    await conversation.plain()
    await conversation.loops(async () => ({}))
  })
  root.end()
  await flush()
  expect(await billIn(store)).toMatchObject({
    runs: 1,
    tokens: { input: 3 * told.input, output: 3 * told.output },
  })
})
