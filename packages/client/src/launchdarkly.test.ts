import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { init } from '@launchdarkly/node-server-sdk'
import { TestData } from '@launchdarkly/node-server-sdk/integrations'
import type { TapeRecord } from '@runtape/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fallback, flagsOf, flagValue, memoryLogger, noFlags, setUp, user } from '../test/helpers.ts'
import { createClient } from './client.ts'
import { launchDarklyFlags } from './launchdarkly-flags.ts'
import { launchDarklySink } from './launchdarkly-sink.ts'

interface WireEvent {
  readonly kind: string
  readonly key?: string
  readonly data?: unknown
  readonly metricValue?: number
  readonly context?: unknown
}

/** A receiver of LaunchDarkly's events on loopback. */
async function receiver() {
  const events: WireEvent[] = []
  const server = createServer(async (request, response) => {
    events.push(...(JSON.parse(await text(request)) as WireEvent[]))
    response.writeHead(202).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { uri: `http://127.0.0.1:${port}`, custom: () => events.filter(({ kind }) => kind === 'custom') }
}

/** The real SDK with its test data source; its event processor posts to the receiver. */
async function launchDarkly() {
  const { uri, custom } = await receiver()
  const flags = new TestData()
  const silent = { error() {}, warn() {}, info() {}, debug() {} }
  const ldClient = init('sdk-key', {
    updateProcessor: flags.getFactory(),
    eventsUri: uri,
    diagnosticOptOut: true,
    logger: silent,
  })
  onTestFinished(() => ldClient.close())
  await ldClient.waitForInitialization({ timeout: 5 })
  const sent = async () => {
    await ldClient.flush()
    return custom()
  }
  return { flags, ldClient, sent }
}

const named = (events: readonly WireEvent[]) => events.map(({ key, metricValue }) => [key, metricValue])

describe('flags of the real LaunchDarkly SDK', () => {
  test("serve the variation, in LaunchDarkly's form", async () => {
    const { flags, ldClient } = await launchDarkly()
    await flags.update(flags.flag('support').valueForAll(flagValue))
    const { warnings, warn } = memoryLogger()
    const client = createClient({
      flags: launchDarklyFlags(ldClient),
      sink: launchDarklySink(ldClient),
      logger: { warn },
    })
    const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
    expect(config.toJSON()).toEqual({
      _ldMeta: { enabled: true },
      messages: [{ role: 'system', content: 'Help Ann.' }],
      model: flagValue.model,
      provider: flagValue.provider,
    })
    expect(warnings).toEqual([])
  })

  test('target by context', async () => {
    const { flags, ldClient } = await launchDarkly()
    const values = [flagValue, { ...flagValue, model: { name: 'gpt-5' } }]
    await flags.update(
      flags
        .flag('support')
        .variations(...values)
        .variationForAll(0)
        .variationForContext('org', 'acme', 1),
    )
    const client = createClient({ flags: launchDarklyFlags(ldClient), sink: launchDarklySink(ldClient) })
    expect((await client.completionConfig('support', { kind: 'org', key: 'acme' })).model.name).toBe('gpt-5')
    expect((await client.completionConfig('support', { kind: 'user', key: 'acme' })).model.name).toBe(
      'gpt-5-mini',
    )
  })

  test('serve the default for an unknown flag', async () => {
    const { ldClient } = await launchDarkly()
    const client = createClient({ flags: launchDarklyFlags(ldClient), sink: launchDarklySink(ldClient) })
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
  })

  test('count the use of AI configs', async () => {
    const { ldClient, sent } = await launchDarkly()
    const client = createClient({ flags: launchDarklyFlags(ldClient), sink: launchDarklySink(ldClient) })
    await client.completionConfig('support', user)
    await client.agentConfig('agent', user)
    const uses = (await sent()).filter(({ key }) => key?.startsWith('$ld:ai:usage:'))
    expect(uses).toMatchObject([
      { key: '$ld:ai:usage:completion-config', data: 'support', metricValue: 1, context: user },
      { key: '$ld:ai:usage:agent-config', data: 'agent', metricValue: 1, context: user },
    ])
  })
})

describe('the sink, on the wire', () => {
  test('announces itself immediately', async () => {
    const { ldClient, sent } = await launchDarkly()
    launchDarklySink(ldClient)
    expect(await sent()).toMatchObject([
      {
        key: '$ld:ai:sdk:info',
        context: { kind: 'ld_ai', key: 'ld-internal-tracking', anonymous: true },
        data: {
          aiSdkName: '@runtape/client',
          aiSdkVersion: expect.stringMatching(/^\d/),
          aiSdkLanguage: 'javascript',
        },
        metricValue: 1,
      },
    ])
  })

  test('sends every metric with its name and value, and the same data on all', async () => {
    const { flags, ldClient, sent } = await launchDarkly()
    await flags.update(flags.flag('support').valueForAll(flagValue))
    const sink = launchDarklySink(ldClient)
    const client = createClient({ flags: launchDarklyFlags(ldClient), sink })
    const tracker = (await client.completionConfig('support', user)).createTracker()
    tracker.trackDuration(120.5)
    tracker.trackTimeToFirstToken(30)
    tracker.trackTokens({ input: 10, output: 5, total: 15, cachedInput: 4 })
    tracker.trackSuccess()
    tracker.trackFeedback({ kind: 'positive', comment: 'kept at home' })
    tracker.trackToolCall({ id: '1', name: 'lookup' })
    tracker.trackScore('tone', { score: 0.5 })
    const events = (await sent()).slice(2)
    expect(named(events)).toEqual([
      ['$ld:ai:duration:total', 120.5],
      ['$ld:ai:tokens:ttf', 30],
      ['$ld:ai:tokens:total', 15],
      ['$ld:ai:tokens:input', 10],
      ['$ld:ai:tokens:output', 5],
      ['$ld:ai:generation:success', 1],
      ['$ld:ai:feedback:user:positive', 1],
      ['$ld:ai:tool_call', 1],
      ['tone', 0.5],
    ])
    const data = {
      runId: tracker.runId,
      configKey: 'support',
      variationKey: 'brief',
      version: 7,
      modelName: 'gpt-5-mini',
      providerName: 'openai',
    }
    for (const event of events) {
      expect(event.data).toEqual(event.key === '$ld:ai:tool_call' ? { ...data, toolKey: 'lookup' } : data)
      expect(event.context).toEqual(user)
    }
  })

  test('omits an empty variation and token counts of zero', async () => {
    const { ldClient, sent } = await launchDarkly()
    const client = createClient({ flags: noFlags, sink: launchDarklySink(ldClient) })
    const tracker = (await client.completionConfig('support', user, fallback)).createTracker()
    tracker.trackTokens({ input: 7, output: 0, total: 7 })
    tracker.trackError(new Error('busy'))
    tracker.trackFeedback({ kind: 'negative' })
    const events = (await sent()).slice(1)
    expect(named(events)).toEqual([
      ['$ld:ai:tokens:total', 7],
      ['$ld:ai:tokens:input', 7],
      ['$ld:ai:generation:error', 1],
      ['$ld:ai:feedback:user:negative', 1],
    ])
    expect(events[0]?.data).toEqual({
      runId: tracker.runId,
      configKey: 'support',
      version: 1,
      modelName: 'fallback-model',
      providerName: 'fallback-provider',
    })
  })

  test('sends no replays, single provider calls, spans, or runs without a context', async () => {
    const { ldClient, sent } = await launchDarkly()
    const sink = launchDarklySink(ldClient)
    const event = { kind: 'run-event', runId: 'r', metric: 'duration', value: 1, context: user } as TapeRecord
    const { context, ...anonymous } = event as TapeRecord & { context: unknown }
    sink.append({ ...event, replay: { testRunId: 't', traceId: 'x' } } as TapeRecord)
    sink.append({ ...event, metric: 'call:1', value: { status: 'success', durationMs: 1 } } as TapeRecord)
    sink.append({ kind: 'span', key: 'k' } as TapeRecord)
    sink.append(anonymous as TapeRecord)
    expect(named(await sent())).toEqual([['$ld:ai:sdk:info', 1]])
    sink.append(event)
    expect(named(await sent())[1]).toEqual(['$ld:ai:duration:total', 1])
  })

  test('accepts nothing after close, and leaves the client open', async () => {
    const { ldClient, sent } = await launchDarkly()
    const sink = launchDarklySink(ldClient)
    const event = { kind: 'run-event', runId: 'r', metric: 'duration', value: 1, context: user } as TapeRecord
    sink.append(event)
    await sink.close()
    expect(sink.append(event)).toBe(false)
    ldClient.track('application', user)
    expect(named(await sent()).map(([key]) => key)).toEqual([
      '$ld:ai:sdk:info',
      '$ld:ai:duration:total',
      'application',
    ])
  })
})

describe('contexts of LaunchDarkly', () => {
  const success = async (context: object, keepContext: string[] = []) => {
    const { flags, ldClient, sent } = await launchDarkly()
    await flags.update(flags.flag('support').valueForAll(flagValue))
    const sink = launchDarklySink(ldClient)
    const client = createClient({
      flags: launchDarklyFlags(ldClient),
      sink,
      keepContext,
      logger: { warn() {} },
    })
    const config = await client.completionConfig('support', context as typeof user, fallback)
    config.createTracker().trackSuccess()
    const event = (await sent()).find(({ key }) => key === '$ld:ai:generation:success')
    return { config, context: event?.context }
  }

  test('an anonymous one stays anonymous', async () => {
    const { context } = await success({ kind: 'user', key: 'a-1', anonymous: true, plan: 'pro' })
    expect(context).toEqual({ kind: 'user', key: 'a-1', anonymous: true })
  })

  test('a private attribute that is kept is not sent', async () => {
    const { context } = await success(
      {
        kind: 'user',
        key: 'u-1',
        plan: 'pro',
        email: 'ann@example.com',
        _meta: { privateAttributes: ['email'] },
      },
      ['plan', 'email'],
    )
    expect(context).toEqual({
      kind: 'user',
      key: 'u-1',
      plan: 'pro',
      _meta: { redactedAttributes: ['email'] },
    })
  })

  test('nor is a private attribute of an older user', async () => {
    const { context } = await success(
      { key: 'u-1', custom: { email: 'ann@example.com', plan: 'pro' }, privateAttributeNames: ['email'] },
      ['plan', 'email'],
    )
    expect(context).toEqual({
      kind: 'user',
      key: 'u-1',
      plan: 'pro',
      _meta: { redactedAttributes: ['email'] },
    })
  })

  test('a context of several kinds is evaluated and sent as such', async () => {
    const multi = {
      kind: 'multi',
      user: { key: 'ann', email: 'ann@example.com', _meta: { privateAttributes: ['email'] } },
      org: { key: 'acme', plan: 'pro' },
    }
    const { config, context } = await success(multi, ['plan', 'email'])
    expect(config.model.name).toBe('gpt-5-mini')
    expect(context).toEqual({
      kind: 'multi',
      user: { key: 'ann', _meta: { redactedAttributes: ['email'] } },
      org: { key: 'acme', plan: 'pro' },
    })
  })
})

describe('a context of several kinds', () => {
  const of = async (context: object) => {
    const { client, events, warnings } = setUp(flagsOf(flagValue))
    ;(await client.completionConfig('support', context as typeof user, fallback))
      .createTracker()
      .trackSuccess()
    return { context: events[0]?.context, warnings }
  }

  test('has one key combined from all, so that a bill can be grouped by it', async () => {
    const { context } = await of({ kind: 'multi', user: { key: 'a:b%' }, org: { key: 'acme' } })
    expect(context).toEqual({
      kind: 'multi',
      key: 'org:acme:user:a%3Ab%25',
      user: { key: 'a:b%' },
      org: { key: 'acme' },
    })
  })

  test.each<[object, string]>([
    [{ kind: 'multi' }, 'contains no context'],
    [{ kind: 'multi', user: 'ann' }, "part 'user' cannot be used: it is not a context"],
    [{ kind: 'multi', user: { key: 5 } }, "part 'user' cannot be used: the context's key must be a string"],
  ])('%j is refused', async (given, problem) => {
    const { context, warnings } = await of(given)
    expect(context).toBeUndefined()
    expect(warnings[0]).toContain(problem)
  })
})

describe('a LaunchDarkly client that throws', () => {
  const broken = (track: () => never) => ({ variation: async () => flagValue, track, flush: async () => {} })
  const boom = (): never => {
    throw new Error('boom')
  }

  test('in track() loses the count of the use, not the config', async () => {
    const { client } = setUp(launchDarklyFlags(broken(boom)))
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('gpt-5-mini')
  })

  test('in track() breaks no sink: the metric can be tracked again', async () => {
    const sink = launchDarklySink(broken(boom))
    const client = createClient({ flags: flagsOf(flagValue), sink, logger: { warn() {} } })
    const tracker = (await client.completionConfig('support', user)).createTracker()
    expect(tracker.trackSuccess()).toBe(false)
  })
})

describe("LaunchDarkly's newer fields", () => {
  const tracked = async (meta: object) => {
    const { ldClient, sent } = await launchDarkly()
    const value = { ...flagValue, _ldMeta: { ...flagValue._ldMeta, ...meta } }
    const client = createClient({
      flags: flagsOf(value),
      sink: launchDarklySink(ldClient),
      logger: { warn() {} },
    })
    ;(await client.completionConfig('support', user)).createTracker().trackSuccess()
    return (await sent()).at(-1)?.data
  }

  test('modelKey and modelVersion are passed from the flag to the events', async () => {
    expect(await tracked({ modelKey: 'gpt-5-mini-eu', modelVersion: 4 })).toMatchObject({
      modelKey: 'gpt-5-mini-eu',
      modelVersion: 4,
    })
  })

  test('are omitted if the flag has none, or invalid ones', async () => {
    expect(await tracked({})).not.toHaveProperty('modelKey')
    expect(await tracked({ modelKey: 5, modelVersion: 'x' })).not.toHaveProperty('modelVersion')
  })

  test('the graphKey of a token is in the events of the resumed run, and stays in its token', async () => {
    const { ldClient, sent } = await launchDarkly()
    const client = createClient({ flags: noFlags, sink: launchDarklySink(ldClient), logger: { warn() {} } })
    const members = {
      runId: 'r-1',
      configKey: 'support',
      variationKey: 'v',
      version: 3,
      graphKey: 'graph-1',
      later: [1],
    }
    const token = Buffer.from(JSON.stringify(members)).toString('base64url')
    const tracker = client.createTracker({ token, context: user })
    tracker.trackFeedback({ kind: 'positive' })
    expect((await sent()).at(-1)?.data).toMatchObject({ runId: 'r-1', graphKey: 'graph-1' })
    expect(JSON.parse(Buffer.from(tracker.resumptionToken, 'base64url').toString())).toEqual(members)
  })
})
