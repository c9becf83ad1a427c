import { readFileSync } from 'node:fs'
import { init, integrations, type LDClient } from '@launchdarkly/node-server-sdk'
import { initAi } from '@launchdarkly/server-sdk-ai'
import { initAi as initOldestAi } from '@launchdarkly/server-sdk-ai-oldest'
import { launchDarklySink } from '@runtape/client'
import { memoryStore } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'
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

const config = {
  _ldMeta: { variationKey: 'formal', enabled: true, version: 3, mode: 'completion' },
  model: { name: 'gpt-5-mini' },
  provider: { name: 'openai' },
  messages: [{ role: 'system', content: 'Be brief.' }],
}
const ann = { kind: 'user', key: 'ann', email: 'ann@example.com' }

async function setUp() {
  const store = memoryStore()
  const server = await startServer(store)
  const client = await clientOf(server)
  ends.push(server.close, () => client.close())
  return { store, server, client }
}

/** A client whose flags are in memory, and whose events go to the server. */
async function clientOf({ url, key }: TestServer): Promise<LDClient> {
  const flags = new integrations.TestData()
  await flags.update(flags.flag('support-answer').valueForAll(config))
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const options = { updateProcessor: flags.getFactory(), eventsUri: url, flushInterval: 3600, logger }
  const client = init(key, options)
  await client.waitForInitialization({ timeout: 10 })
  return client
}

async function countsOf({ url, key }: TestServer): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${key}` }
  const text = await (await fetch(`${url}/metrics`, { headers })).text()
  const lines = text.matchAll(/^runtape_client_events_total\{route="\/bulk",result="(.*)"\} (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, result, count]) => [result, Number(count)]))
}

describe(`client: @launchdarkly/node-server-sdk ${versionOf('@launchdarkly/node-server-sdk')}, with trackers that send a runId`, () => {
  /** A tracker whose events are those of LaunchDarkly's AI SDKs, sent by LaunchDarkly's client. */
  const trackerOf = (client: LDClient, context = ann) =>
    createTracker({
      ...{ sink: launchDarklySink(client), configKey: 'support-answer', variationKey: 'formal', version: 3 },
      ...{ modelName: 'gpt-5-mini', providerName: 'openai', context },
    })

  test('arrives: duration, time to first token, tokens, outcome, feedback, scores', async () => {
    const { store, client } = await setUp()
    const tracker = trackerOf(client)
    tracker.trackDuration(812)
    tracker.trackTimeToFirstToken(120)
    tracker.trackTokens({ input: 812, output: 164, total: 976 })
    tracker.trackSuccess()
    tracker.trackFeedback({ kind: 'negative' })
    tracker.trackScore('relevance', { score: 0.8 })
    await client.flush()
    const run = await store.runs.get(tracker.runId)
    expect(run?.events.map(({ metric, value }) => [metric, value])).toEqual(
      expect.arrayContaining([
        ['duration', 812],
        ['time-to-first-token', 120],
        ['tokens', { input: 812, output: 164, total: 976 }],
        ['outcome', { status: 'success' }],
        ['feedback', { kind: 'negative' }],
        ['score:relevance', { score: 0.8 }],
      ]),
    )
    expect(run?.events).toHaveLength(6)
    const [bill] = await store.runs.usage({})
    expect(bill).toMatchObject({
      runs: 1,
      succeeded: 1,
      negative: 1,
      tokens: { input: 812, output: 164, total: 976 },
    })
  })

  test('arrives: config, variation, version, model, provider, and kind and key of the context', async () => {
    const { store, client } = await setUp()
    const tracker = trackerOf(client)
    tracker.trackSuccess()
    await client.flush()
    const run = await store.runs.get(tracker.runId)
    expect(run?.events[0]).toMatchObject({
      ...{ configKey: 'support-answer', variationKey: 'formal', version: 3 },
      ...{ modelName: 'gpt-5-mini', providerName: 'openai' },
    })
    expect(run?.events[0]?.context).toEqual({ kind: 'user', key: 'ann' })
  })

  test('arrives: tool calls, each a metric of its own', async () => {
    const { store, client } = await setUp()
    const tracker = trackerOf(client)
    tracker.trackToolCall({ name: 'search' })
    tracker.trackToolCall({ name: 'search' })
    await client.flush()
    const events = (await store.runs.get(tracker.runId))?.events ?? []
    expect(events.map(({ value }) => value)).toEqual([{ name: 'search' }, { name: 'search' }])
    expect(new Set(events.map(({ metric }) => metric)).size).toBe(2)
  })

  test('arrives: a run whose metrics come in several requests', async () => {
    const { store, client } = await setUp()
    const tracker = trackerOf(client)
    tracker.trackDuration(5)
    await client.flush()
    tracker.trackTokens({ input: 1, output: 2, total: 3 })
    await client.flush()
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { total: 3 } })
  })

  test('lost: comments and scores of feedback, errors of failed runs, because no event has a place for them', async () => {
    const { store, client } = await setUp()
    const tracker = trackerOf(client)
    tracker.trackFeedback({ kind: 'negative', comment: 'late' })
    tracker.trackError(new Error('no answer'))
    await client.flush()
    const values = (await store.runs.get(tracker.runId))?.events.map(({ value }) => value)
    expect(values).toEqual(expect.arrayContaining([{ kind: 'negative' }, { status: 'error' }]))
  })

  test('lost: subsets of tokens such as cached ones, because no event has a place for them', async () => {
    const { store, client } = await setUp()
    trackerOf(client).trackTokens({ input: 10, output: 5, total: 15, cachedInput: 8 })
    await client.flush()
    expect((await store.runs.usage({}))[0]?.tokens).toEqual({ input: 10, output: 5, total: 15 })
  })

  test('evaluations and events of the application are accepted and ignored', async () => {
    const { server, store, client } = await setUp()
    await client.variation('support-answer', ann, null)
    client.track('bought', ann, { basket: 3 }, 99)
    client.identify(ann)
    await client.flush()
    expect(Object.keys(await countsOf(server))).toEqual(['ignored'])
    expect((await store.runs.usage({}))[0]?.runs).toBe(0)
  })
})

describe.each([
  [versionOf('@launchdarkly/server-sdk-ai-oldest'), initOldestAi, 6],
  [versionOf('@launchdarkly/server-sdk-ai'), initAi, 5],
] as const)('client: @launchdarkly/server-sdk-ai %s', (_, initAiSdk, sent) => {
  test('lost: all metrics of runs, because this version sends no runId; /metrics counts them as without-run', async () => {
    const { server, store, client } = await setUp()
    const ai = initAiSdk(client) as unknown as { [method: string]: (...args: unknown[]) => Promise<unknown> }
    const served = (await (ai.completionConfig ?? ai.config)?.call(ai, 'support-answer', ann, {})) as {
      tracker: { trackDuration(ms: number): void; trackTokens(usage: object): void; trackSuccess(): void }
    }
    served.tracker.trackDuration(812)
    served.tracker.trackTokens({ total: 976, input: 812, output: 164 })
    served.tracker.trackSuccess()
    await client.flush()
    expect(await countsOf(server)).toMatchObject({ 'without-run': sent })
    expect((await store.runs.usage({}))[0]?.runs).toBe(0)
  })
})

describe('requests', () => {
  const data = { runId: 'run-1', configKey: 'support-answer', version: 1, modelName: 'm', providerName: 'p' }
  const custom = (key: string, metricValue: number) => ({
    ...{ kind: 'custom', key, metricValue, data, creationDate: Date.now(), context: ann },
  })
  const tokens = (total: number) => [
    custom('$ld:ai:tokens:total', total),
    custom('$ld:ai:tokens:input', total),
  ]

  async function sender() {
    const store = memoryStore()
    const server = await startServer(store)
    ends.push(server.close)
    const send = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${server.url}/bulk`, {
        method: 'POST',
        headers: { authorization: server.key, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    return { store, server, send }
  }

  test('one that is sent again counts once', async () => {
    const { store, send } = await sender()
    const body = [
      ...tokens(976),
      custom('$ld:ai:duration:total', 5),
      { ...custom('$ld:ai:tool_call', 1), data: { ...data, toolKey: 'search' } },
    ]
    const headers = { 'x-launchdarkly-payload-id': 'payload-1' }
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await send(body, headers)
      expect([response.status, Date.parse(response.headers.get('date') ?? '') > 0]).toEqual([202, true])
    }
    expect((await store.runs.get('run-1'))?.events).toHaveLength(3)
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { total: 976 } })
  })

  test('what another request says of the same metric is a conflict, and is listed', async () => {
    const { store, send } = await sender()
    await send(tokens(976))
    await send(tokens(5))
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, tokens: { total: 976 } })
    const { counts } = await store.health.get()
    expect(counts).toMatchObject([{ kind: 'conflict', count: 1, samples: [{ runId: 'run-1' }] }])
  })

  test('the second outcome of a run in one request is a conflict', async () => {
    const { store, send } = await sender()
    await send([custom('$ld:ai:generation:success', 1), custom('$ld:ai:generation:error', 1)])
    expect((await store.runs.usage({}))[0]).toMatchObject({ runs: 1, succeeded: 1, failed: 0 })
    expect((await store.health.get()).counts).toMatchObject([{ kind: 'conflict', count: 1 }])
  })

  test('an event that cannot be recorded does not take the others with it', async () => {
    const { store, server, send } = await sender()
    const response = await send([
      null,
      5,
      custom('$ld:ai:duration:total', -5),
      custom('$ld:ai:generation:success', 1),
    ])
    expect(response.status).toBe(202)
    expect(await countsOf(server)).toEqual({ counted: 1, unusable: 1, ignored: 2 })
    expect((await store.runs.usage({}))[0]?.runs).toBe(1)
  })

  test.each([
    ['no list', '{}', {}, 400],
    ['damaged JSON', '[{', {}, 400],
    ['deep JSON', `${'['.repeat(1000)}${']'.repeat(1000)}`, {}, 400],
    ['an encoding that nobody knows', '[]', { 'content-encoding': 'br' }, 400],
    ['a wrong key', '[]', { authorization: 'sdk-wrong' }, 401],
    ['no key', '[]', { authorization: '' }, 401],
  ])('%s gets a status after which an SDK does what helps', async (_, body, headers, status) => {
    const { send } = await sender()
    expect((await send(body, headers)).status).toBe(status)
  })

  test('diagnostics are accepted', async () => {
    const { server } = await sender()
    const init = {
      method: 'POST',
      headers: { authorization: server.key },
      body: '{"kind":"diagnostic-init"}',
    }
    expect((await fetch(`${server.url}/diagnostic`, init)).status).toBe(202)
  })
})

test('a server that was away: the client sends what it still has, and nothing counts twice', async () => {
  const store = memoryStore()
  let server = await startServer(store)
  const client = await clientOf(server)
  ends.push(() => client.close())
  const tracker = createTracker({ sink: launchDarklySink(client), configKey: 'c', context: ann })
  tracker.trackDuration(5)
  await client.flush()
  await server.close()
  tracker.trackSuccess()
  await client.flush()
  server = await startServer(store, {}, server)
  ends.push(() => server.close())
  tracker.trackFeedback({ kind: 'positive' })
  await client.flush()
  const metrics = (await store.runs.get(tracker.runId))?.events.map(({ metric }) => metric)
  // LaunchDarkly's client drops a batch after one retry.
  expect(metrics).toEqual(['duration', 'feedback'])
})
