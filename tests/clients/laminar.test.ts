import { Laminar, observe } from '@lmnr-ai/lmnr'
import { memoryStore } from '@runtape/testing'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../packages/server/test/serve.ts'
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
import { answeredModel, told } from './model-server.ts'

withContexts()

// Laminar is set up once per process, so the servers of all tests have one address.
let first: TestServer
beforeAll(async () => {
  first = await startServer(memoryStore())
  await first.close()
  const { origin, hostname, port } = new URL(first.url)
  Laminar.initialize({
    ...{ projectApiKey: first.key, baseUrl: origin.replace(`:${port}`, ''), httpPort: Number(port) },
    ...{ forceHttp: true, instrumentModules: { OpenAI }, logLevel: 'error' },
  })
  expect(hostname).toBe('127.0.0.1')
})
afterAll(() => Laminar.shutdown())

async function start() {
  const place = await setUp(first)
  const flush = async () => {
    await Laminar.flush()
  }
  return { ...place, flush, conversation: conversationWith(place.openAi()) }
}

describe(`client: Laminar ${versionOf('@lmnr-ai/lmnr')}`, () => {
  test('arrives: tokens of each model call', async () => {
    const { store, flush, conversation } = await start()
    await conversation.plain()
    await flush()
    const [bill] = await store.runs.usage({ groupBy: ['model', 'provider'] })
    expect(bill).toMatchObject({ runs: 1, unknownUsageRuns: 0, tokens: told })
    expect(bill?.group).toEqual({ model: answeredModel, provider: 'openai' })
  })

  test('arrives: loops with tools, whose calls are billed once each, and whose tools are spans', async () => {
    const { store, flush, conversation } = await start()
    const search = (given: unknown) =>
      observe({ name: 'search', spanType: 'TOOL' }, async (_: unknown) => ({ state: 'sent' }), given)
    await observe({ name: 'desk' }, () => conversation.loops(search))
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, succeeded: 1, tokens: { input: 2 * told.input } })
    expect(await typesIn(store)).toEqual(['default', 'model', 'model', 'tool'])
    expect(await toolIn(store)).toEqual({ input: '[{"order":7}]', output: '{"state":"sent"}' })
    expect((await modelSpansIn(store))[0]?.output?.json).toContain('search')
  })

  test('arrives: messages, references of images', async () => {
    const { store, flush, conversation } = await start()
    await conversation.looksAtImage()
    await flush()
    const [call] = await modelSpansIn(store)
    expect(call?.input.json).toContain('https://example.com/parcel.png')
    expect(call?.output?.json).toContain('In the post.')
  })

  test('arrives: users, sessions, tags, metadata', async () => {
    const { store, flush, conversation } = await start()
    const whose = { userId: 'ann', sessionId: 's-1', metadata: { plan: 'pro' }, tags: ['vip'] }
    await observe({ name: 'desk', ...whose }, conversation.plain)
    await flush()
    expect((await store.runs.usage({ groupBy: ['contextKey'] }))[0]?.group).toEqual({ contextKey: 'ann' })
    const [desk, call] = await spansIn(store)
    expect(desk).toMatchObject({ sessionId: 's-1', tags: ['vip'] })
    expect(desk?.metadata).toMatchObject({ plan: 'pro', dialect: 'Laminar' })
    expect(call).toMatchObject({ sessionId: 's-1' })
  })

  test('lost: how many tokens were cached or spent on reasoning, because its spans do not have it', async () => {
    const { store, flush, conversation } = await start()
    await conversation.plain()
    await flush()
    expect((await billIn(store))?.tokens).toEqual(told)
  })

  test('lost: tokens of streams, because their spans have none: their runs have unknown usage', async () => {
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
