import { AIConfig, AIConfigDefault, RuntapeError } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { fallback, flagsOf, flagValue, memorySink, noFlags, setUp, user } from '../test/helpers.ts'
import { createClient } from './client.ts'
import type { DefaultFlagValue } from './flag-source.ts'
import { InvalidTokenError } from './index.ts'

describe('a config from a flag source', () => {
  test('is served with its templates rendered', async () => {
    const { client, warnings } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
    expect(config).toBeInstanceOf(AIConfig)
    expect(config.toJSON()).toEqual({
      _ldMeta: { enabled: true },
      messages: [{ role: 'system', content: 'Help Ann.' }],
      model: flagValue.model,
      provider: { name: 'openai' },
    })
    expect(warnings).toEqual([])
  })

  test('is requested with the default in the form of a flag value', async () => {
    const seen: DefaultFlagValue[] = []
    const { client } = setUp({
      evaluate: async (_key, _context, value) => {
        seen.push(value)
        return { value: structuredClone(value) }
      },
    })
    const config = await client.agentConfig('agent', user, new AIConfigDefault({ instructions: 'Help.' }))
    expect(seen[0]?._ldMeta).toEqual({ enabled: true, variationKey: '', mode: 'agent' })
    expect([config.enabled, config.instructions]).toEqual([true, 'Help.'])
  })

  test('agentConfig renders the instructions', async () => {
    const value = { _ldMeta: { enabled: true, mode: 'agent' }, instructions: 'You serve {{ldctx.key}}.' }
    const { client } = setUp(flagsOf(value))
    expect((await client.agentConfig('agent', user)).instructions).toBe('You serve u-1.')
  })
})

describe('a tracker of a config', () => {
  test('is new at each call, with its own runId', async () => {
    const { client } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', user)
    const [a, b] = [config.createTracker(), config.createTracker()]
    expect(a).not.toBe(b)
    expect(a.runId).not.toBe(b.runId)
    expect([a.trackSuccess(), b.trackSuccess(), a.trackSuccess()]).toEqual([true, true, false])
  })

  test('carries the results of the evaluation', async () => {
    const { client, events } = setUp(flagsOf(flagValue))
    const tracker = (await client.completionConfig('support', user)).createTracker()
    tracker.trackDuration(5)
    expect(events[0]).toMatchObject({
      runId: tracker.runId,
      configKey: 'support',
      variationKey: 'brief',
      version: 7,
      modelName: 'gpt-5-mini',
      providerName: 'openai',
      context: user,
    })
  })

  test('takes variation and version from the source if the value has none', async () => {
    const value = { ...flagValue, _ldMeta: { enabled: true } }
    const { client, events } = setUp(flagsOf(value, { variationKey: 'long', version: 4 }))
    ;(await client.completionConfig('support', user)).createTracker().trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: 'long', version: 4 })
  })

  test('works when the config is disabled', async () => {
    const { client, events } = setUp(noFlags)
    const config = await client.completionConfig('support', user, AIConfigDefault.disabled())
    expect(config.createTracker().trackError()).toBe(true)
    expect(events).toHaveLength(1)
  })

  test('for a default names its model and provider, no variation, and version 1', async () => {
    const { client, events } = setUp(flagsOf({ ...flagValue, messages: 'malformed' }))
    ;(await client.completionConfig('support', user, fallback)).createTracker().trackSuccess()
    expect(events[0]).toMatchObject({
      variationKey: '',
      version: 1,
      modelName: 'fallback-model',
      providerName: 'fallback-provider',
    })
  })

  test('keeps kind and key of the context, and the attributes in keepContext', async () => {
    const context = { ...user, plan: 'pro', email: 'ann@example.com' }
    const { client, events } = setUp(flagsOf(flagValue), { keepContext: ['plan'] })
    ;(await client.completionConfig('support', context)).createTracker().trackSuccess()
    expect(events[0]?.context).toEqual({ ...user, plan: 'pro' })
  })

  test('keeps the context as it was evaluated, whatever happens to it later', async () => {
    const context = { ...user }
    const { client, events } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', context)
    context.key = 'someone else'
    config.createTracker().trackSuccess()
    expect(events[0]?.context).toEqual(user)
  })
})

describe('a run resumed from its token', () => {
  test('has the same runId, and no model or provider', async () => {
    const { client, events } = setUp(flagsOf(flagValue))
    const first = (await client.completionConfig('support', user)).createTracker()
    const resumed = client.createTracker({ token: first.resumptionToken, context: user })
    expect(resumed.runId).toBe(first.runId)
    expect(resumed.resumptionToken).toBe(first.resumptionToken)
    resumed.trackFeedback({ kind: 'negative' })
    expect(events[0]).toMatchObject({
      runId: first.runId,
      configKey: 'support',
      variationKey: 'brief',
      version: 7,
      modelName: '',
      providerName: '',
      context: user,
    })
  })

  test('has the variation "" if the token names none', async () => {
    const { client, events } = setUp(noFlags)
    const first = (await client.completionConfig('support', user, fallback)).createTracker()
    client.createTracker({ token: first.resumptionToken, context: user }).trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: '', version: 1 })
  })

  test('a bad token throws an InvalidTokenError', () => {
    const { client } = setUp(noFlags)
    expect(() => client.createTracker({ token: 'nonsense', context: user })).toThrow(InvalidTokenError)
  })

  test('a context without a key is omitted from the events, with a warning', async () => {
    const { client, events, warnings } = setUp(flagsOf(flagValue))
    const { resumptionToken } = (await client.completionConfig('support', user)).createTracker()
    const context = { kind: 'user' } as never
    expect(client.createTracker({ token: resumptionToken, context }).trackSuccess()).toBe(true)
    expect(events[0]).not.toHaveProperty('context')
    expect(warnings).toEqual([
      "createTracker: the context's key must be a string (got undefined). The run's events will name no context.",
    ])
  })
})

describe('a context that cannot be evaluated because it', () => {
  test.each<[unknown, string]>([
    [{ kind: 'user' }, "the context's key must be a string (got undefined)"],
    [{ kind: 'user', key: 42 }, "the context's key must be a string (got number)"],
    [{ kind: 'user', key: null }, "the context's key must be a string (got null)"],
    [{ kind: 'user', key: '' }, "the context's key is empty"],
    [undefined, 'no context was given'],
    ['u-1', 'no context was given'],
  ])('%j gets the default, a warning, and working trackers', async (context, problem) => {
    let evaluated = false
    const { client, events, warnings } = setUp({
      evaluate: async (_key, _context, value) => {
        evaluated = true
        return { value }
      },
    })
    const config = await client.completionConfig('support', context as typeof user, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(evaluated).toBe(false)
    expect(warnings).toEqual([`completionConfig("support"): ${problem}. The default is served.`])
    config.createTracker().trackSuccess()
    expect(events[0]).not.toHaveProperty('context')
  })

  test('a context without a kind is a user', async () => {
    const { client, events } = setUp(flagsOf(flagValue))
    ;(await client.completionConfig('support', { key: 'u-1' } as typeof user)).createTracker().trackSuccess()
    expect(events[0]?.context).toEqual(user)
  })
})

test('keys that would change a prototype have no effect', async () => {
  const hostile = (json: string) => JSON.parse(json) as Record<string, unknown>
  const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
  const value = {
    ...flagValue,
    model: { name: 'm', parameters: hostile(polluting) },
    messages: [
      { role: 'user', content: '[{{polluted}}{{__proto__.polluted}}{{constructor.prototype.polluted}}]' },
    ],
  }
  const { client, events } = setUp(flagsOf(value), { keepContext: ['__proto__', 'constructor'] })
  const context = { ...hostile(polluting), ...user }
  const config = await client.completionConfig('constructor', context, fallback, hostile(polluting))
  config.createTracker().trackSuccess()
  expect(config.messages[0]?.content).toBe('[]')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(events[0]?.configKey).toBe('constructor')
})

test('a default may be a plain object, or the config of another key', async () => {
  const { client } = setUp(noFlags)
  const plain = { model: { name: 'plain' } } as unknown as AIConfigDefault
  const first = await client.completionConfig('a', user, plain)
  const second = await client.completionConfig('b', user, first)
  expect([first.enabled, first.model.name, second.model.name]).toEqual([true, 'plain', 'plain'])
  expect((await client.completionConfig('c', user, null as never)).enabled).toBe(false)
})

test.each([
  [{ sink: memorySink() }, 'Cannot create a client: it needs flags with an evaluate method'],
  [
    { flags: 'ai-configs.json', sink: memorySink() },
    'Cannot create a client: it needs flags with an evaluate method',
  ],
  [{ flags: noFlags }, 'Cannot create a client: it needs a sink with an append method'],
])('createClient reports immediately what is missing: %#', (options, message) => {
  const create = () => createClient(options as never)
  expect(create).toThrow(message)
  expect(create).toThrow(RuntapeError)
})
