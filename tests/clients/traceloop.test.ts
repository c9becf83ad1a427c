import { context, trace } from '@opentelemetry/api'
import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import {
  billIn,
  modelSpansIn,
  provider,
  spansIn,
  startApplication,
  toolIn,
  typesIn,
  versionOf,
  withContexts,
} from './application.ts'
import { conversationWith } from './conversation.ts'
import { answeredModel, told } from './model-server.ts'

withContexts()

const instrumentation = new OpenAIInstrumentation({ enrichTokens: false })
instrumentation.setTracerProvider(provider)
instrumentation.manuallyInstrument(OpenAI)

async function start() {
  const application = await startApplication()
  return { ...application, conversation: conversationWith(application.openAi()) }
}

describe(`client: Traceloop for OpenAI ${versionOf('@traceloop/instrumentation-openai')}`, () => {
  test('arrives: tokens of each model call, once however often they are sent', async () => {
    const { store, flush, sendAgain, conversation } = await start()
    await conversation.plain()
    await flush()
    await sendAgain()
    const [bill] = await store.runs.usage({ groupBy: ['model', 'provider'] })
    expect(bill).toMatchObject({ runs: 1, unknownUsageRuns: 0, tokens: told })
    expect(bill?.group).toEqual({ model: answeredModel, provider: 'openai' })
  })

  test('arrives: messages, tools that the model calls, references of images', async () => {
    const { store, flush, conversation } = await start()
    await conversation.loops(async () => ({ state: 'sent' }))
    await conversation.looksAtImage()
    await flush()
    const [first, second, image] = await modelSpansIn(store)
    const called = { type: 'tool_call', id: 'c-1', name: 'search', arguments: { order: 7 } }
    expect(JSON.parse(first?.output?.json ?? '')[0].parts).toEqual([called])
    expect(second?.output?.json).toContain('In the post.')
    expect(image?.input.json).toContain('https://example.com/parcel.png')
  })

  test('lost: how many tokens were cached or spent on reasoning, because its spans do not have it', async () => {
    const { store, flush, conversation } = await start()
    await conversation.plain()
    await flush()
    expect((await billIn(store))?.tokens).toEqual(told)
  })

  test('lost: tokens of streams, because their spans have none, or with enrichTokens an estimate: their runs have unknown usage', async () => {
    const { store, flush, conversation } = await start()
    await conversation.streams()
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, unknownUsageRuns: 1 })
  })

  test('lost: embeddings and calls that failed, because it sends no spans of them', async () => {
    const { store, flush, conversation } = await start()
    await conversation.embeds()
    await conversation.fails()
    await flush()
    expect(await spansIn(store)).toEqual([])
  })
})

// The SDK as a whole brings dozens of instrumentations; these are attributes that its version 0.27.0 sets.
test('workflows, tools and association properties of its SDK', async () => {
  const { store, flush, conversation } = await start()
  const tracer = provider.getTracer('@traceloop/node-server-sdk')
  const whose = {
    'traceloop.association.properties.user_id': 'ann',
    'traceloop.association.properties.session_id': 's-1',
    'traceloop.association.properties.plan': 'pro',
  }
  const workflow = tracer.startSpan('desk.workflow', {
    attributes: { ...whose, 'traceloop.span.kind': 'workflow', 'traceloop.entity.name': 'desk' },
  })
  await context.with(trace.setSpan(context.active(), workflow), async () => {
    await conversation.plain()
    const entity = {
      'traceloop.entity.input': '{"args":[],"kwargs":{"order":7}}',
      'traceloop.entity.output': '{"a":1}',
    }
    tracer
      .startSpan('search.tool', { attributes: { ...whose, ...entity, 'traceloop.span.kind': 'tool' } })
      .end()
  })
  workflow.end()
  await flush()
  expect(await billIn(store)).toMatchObject({ runs: 1, succeeded: 1, tokens: told })
  expect(await typesIn(store)).toEqual(['model', 'tool', 'workflow'])
  const kept = (await spansIn(store)).find(({ type }) => type === 'workflow')
  expect(kept).toMatchObject({ sessionId: 's-1', metadata: { plan: 'pro', dialect: 'Traceloop' } })
  expect(await toolIn(store)).toEqual({
    ...{ input: '[{"args":[],"kwargs":{"order":7}}]', output: '{"a":1}' },
  })
})

test('Anthropic counts cached tokens beside the input, and its instrumentation passes that on', async () => {
  const { store, flush } = await start()
  const usage = {
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': 5,
    'gen_ai.usage.total_tokens': 15,
    'gen_ai.usage.cache_read.input_tokens': 700,
    'gen_ai.usage.cache_creation.input_tokens': 20,
  }
  const attributes = { ...usage, 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic' }
  for (const scope of ['@traceloop/instrumentation-anthropic', 'another'])
    provider.getTracer(scope).startSpan(scope, { attributes }).end()
  await flush()
  const usages = (await modelSpansIn(store)).map(({ name, usage: kept }) => [name, kept?.input, kept?.total])
  expect(Object.fromEntries(usages.map(([name, ...counts]) => [name, counts]))).toEqual({
    '@traceloop/instrumentation-anthropic': [730, 735],
    // Cached tokens are a part of the input in the conventions: more of them than that cannot be.
    another: [undefined, undefined],
  })
})
