import { AIConfig, AIConfigDefault, RuntapeError } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { flagsOf, flagValue, memoryLogger, memorySink, noFlags, user } from '../test/helpers.ts'
import { createClient } from './client.ts'
import type { DefaultFlagValue, FlagSource } from './flag-source.ts'
import { InvalidTokenError } from './index.ts'

function setUp(flags: FlagSource, more: { keepContext?: string[] } = {}) {
  const sink = memorySink()
  const logger = memoryLogger()
  return { client: createClient({ flags, sink, logger, ...more }), events: sink.events, ...logger }
}

const fallback = new AIConfigDefault({
  model: { name: 'fallback-model' },
  provider: { name: 'fallback-provider' },
  messages: [{ role: 'system', content: 'Default for {{name}} ({{ldctx.key}})' }],
})

describe('a config that a flag source has', () => {
  test('is served with its templates filled', async () => {
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

  test('is asked for with the default in the shape of a flag value', async () => {
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

  test('agentConfig fills the instructions', async () => {
    const value = { _ldMeta: { enabled: true, mode: 'agent' }, instructions: 'You serve {{ldctx.key}}.' }
    const { client } = setUp(flagsOf(value))
    expect((await client.agentConfig('agent', user)).instructions).toBe('You serve u-1.')
  })
})

describe('the default is served', () => {
  test('when the flag is absent, with its templates filled and without a warning', async () => {
    const { client, warnings } = setUp(noFlags)
    const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
    expect(config.messages).toEqual([{ role: 'system', content: 'Default for Ann (u-1)' }])
    expect([config.enabled, config.model.name]).toEqual([true, 'fallback-model'])
    expect(warnings).toEqual([])
  })

  test('and it is a disabled config where it was left out', async () => {
    const { client } = setUp(noFlags)
    expect((await client.completionConfig('support', user)).toJSON()).toEqual({
      _ldMeta: { enabled: false },
      messages: [],
      model: { name: '' },
      provider: { name: '' },
    })
  })

  const meta = { _ldMeta: { enabled: true } }
  test.each<[string, unknown, string]>([
    ['null', null, 'the value: expected object, received null'],
    ['no value', undefined, 'the value: expected object, received undefined'],
    ['a string', 'on', 'the value: expected object, received string'],
    [
      'a message without content',
      { ...meta, messages: [{ role: 'user' }] },
      'messages.0.content: expected string',
    ],
    [
      'content that is no string',
      { ...meta, messages: [{ role: 'user', content: 7 }] },
      'messages.0.content',
    ],
    ['a null message', { ...meta, messages: [null] }, 'messages.0: expected object, received null'],
    ['an unknown role', { ...meta, messages: [{ role: 'robot', content: '' }] }, 'messages.0.role'],
    ['messages that are no list', { ...meta, messages: 'hello' }, 'messages: expected array'],
    ['a model that is a string', { ...meta, model: 'gpt-5' }, 'model: expected object, received string'],
    ['a version that is no whole number', { _ldMeta: { enabled: true, version: 1.5 } }, '_ldMeta.version'],
    ['enabled that is no boolean', { _ldMeta: { enabled: 'yes' } }, '_ldMeta.enabled: expected boolean'],
    ['instructions that are no string', { ...meta, instructions: ['a'] }, 'instructions: expected string'],
    ['a tool without a name', { ...meta, tools: [{}] }, 'tools.0.name: expected string'],
  ])('when the flag value is malformed: %s', async (_what, value, problem) => {
    const { client, warnings } = setUp(flagsOf(value))
    const config = await client.completionConfig('support', user, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`completionConfig("support"): its flag value is malformed (`)
    expect(warnings[0]).toContain(problem)
    expect(warnings[0]).toMatch(/The default is served\.$/)
  })

  test.each(['{{#open}}never closed', '{{/close}}', '{{name', '{{#a}}{{/b}}'])(
    'when a template is broken: %s',
    async content => {
      const { client, warnings } = setUp(flagsOf({ ...flagValue, messages: [{ role: 'system', content }] }))
      const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
      expect(config.messages[0]?.content).toBe('Default for Ann (u-1)')
      expect(warnings[0]).toContain('completionConfig("support"): a template of its flag value is broken (')
    },
  )

  test('when the value is for another mode', async () => {
    const { client, warnings } = setUp(flagsOf({ ...flagValue, _ldMeta: { enabled: true, mode: 'agent' } }))
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings).toEqual([
      'completionConfig("support"): its flag value is for agent mode, not completion mode. The default is served.',
    ])
  })

  test.each<[string, FlagSource['evaluate']]>([
    ['rejects', () => Promise.reject(new Error('no connection'))],
    [
      'throws',
      () => {
        throw new Error('no connection')
      },
    ],
  ])('when the flag source %s', async (_how, evaluate) => {
    const { client, warnings } = setUp({ evaluate })
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings).toEqual([
      'completionConfig("support"): the flag source failed (no connection). The default is served.',
    ])
  })

  test('when the flag source answers nothing at all', async () => {
    const { client } = setUp({ evaluate: async () => undefined as never })
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
  })

  test('as it is, where its own template is broken', async () => {
    const broken = new AIConfigDefault({ messages: [{ role: 'user', content: '{{#open}}' }] })
    const { client, warnings } = setUp(noFlags)
    expect((await client.completionConfig('support', user, broken)).messages[0]?.content).toBe('{{#open}}')
    expect(warnings[0]).toMatch(/a template of the default is broken .*\. It is used as it is\.$/)
  })
})

test('what is wrong with a flag is said once, not at each evaluation', async () => {
  const { client, warnings } = setUp(flagsOf(null))
  for (let time = 0; time < 3; time++) await client.completionConfig('support', user)
  await client.completionConfig('other', user)
  expect(warnings).toHaveLength(2)
})

describe('a flag value that leaves things out', () => {
  test('without _ldMeta it is disabled, and that is said', async () => {
    const { _ldMeta, ...value } = flagValue
    const { client, warnings } = setUp(flagsOf(value))
    const config = await client.completionConfig('support', user, fallback)
    expect([config.enabled, config.model.name]).toEqual([false, 'gpt-5-mini'])
    expect(warnings[0]).toContain('its flag value has no _ldMeta.enabled, so it is disabled')
  })

  test.each([
    [{ _ldMeta: { enabled: true } }],
    [
      {
        _ldMeta: { enabled: true },
        model: null,
        provider: null,
        messages: null,
        instructions: null,
        tools: null,
      },
    ],
    [{ _ldMeta: { enabled: true, variationKey: null, version: null, mode: null }, model: {}, provider: {} }],
  ])('model and provider have the name "" and there are no messages: %j', async value => {
    const { client, events, warnings } = setUp(flagsOf(value))
    const config = await client.completionConfig('support', user, fallback)
    expect(config.toJSON()).toEqual({
      _ldMeta: { enabled: true },
      messages: [],
      model: { name: '' },
      provider: { name: '' },
    })
    config.createTracker().trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: '', version: 1, modelName: '', providerName: '' })
    expect(warnings).toEqual([])
  })

  test('tools may be a list or an object by name', async () => {
    const tools = { lookup: { description: 'Finds an order' } }
    const { client } = setUp(flagsOf({ ...flagValue, tools }))
    const config = await client.completionConfig('support', user)
    expect(config.tools).toEqual([{ name: 'lookup', description: 'Finds an order' }])
  })
})

describe('a tracker of a config', () => {
  test('is new at each call, with a runId of its own', async () => {
    const { client } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', user)
    const [a, b] = [config.createTracker(), config.createTracker()]
    expect(a).not.toBe(b)
    expect(a.runId).not.toBe(b.runId)
    expect([a.trackSuccess(), b.trackSuccess(), a.trackSuccess()]).toEqual([true, true, false])
  })

  test('carries what the evaluation said', async () => {
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

  test('takes variation and version from the source where the value names none', async () => {
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

  test('of a default names its model and provider, no variation and version 1', async () => {
    const { client, events } = setUp(flagsOf({ ...flagValue, messages: 'malformed' }))
    ;(await client.completionConfig('support', user, fallback)).createTracker().trackSuccess()
    expect(events[0]).toMatchObject({
      variationKey: '',
      version: 1,
      modelName: 'fallback-model',
      providerName: 'fallback-provider',
    })
  })

  test('keeps of the context its kind and key, and what keepContext names', async () => {
    const context = { ...user, plan: 'pro', email: 'ann@example.com' }
    const { client, events } = setUp(flagsOf(flagValue), { keepContext: ['plan'] })
    ;(await client.completionConfig('support', context)).createTracker().trackSuccess()
    expect(events[0]?.context).toEqual({ ...user, plan: 'pro' })
  })

  test('keeps the context as it was evaluated, whatever becomes of it later', async () => {
    const context = { ...user }
    const { client, events } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', context)
    context.key = 'someone else'
    config.createTracker().trackSuccess()
    expect(events[0]?.context).toEqual(user)
  })
})

describe('a run resumed from its token', () => {
  test('has the same runId, and no model and provider', async () => {
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

  test('has the variation "" where the token names none', async () => {
    const { client, events } = setUp(noFlags)
    const first = (await client.completionConfig('support', user, fallback)).createTracker()
    client.createTracker({ token: first.resumptionToken, context: user }).trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: '', version: 1 })
  })

  test('a bad token throws an InvalidTokenError', () => {
    const { client } = setUp(noFlags)
    expect(() => client.createTracker({ token: 'nonsense', context: user })).toThrow(InvalidTokenError)
  })

  test('a context without a key is left out of the events, and that is said', async () => {
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

describe('a context that cannot be evaluated for', () => {
  test.each<[unknown, string]>([
    [{ kind: 'user' }, "the context's key must be a string (got undefined)"],
    [{ kind: 'user', key: 42 }, "the context's key must be a string (got number)"],
    [{ kind: 'user', key: null }, "the context's key must be a string (got null)"],
    [{ kind: 'user', key: '' }, "the context's key is empty"],
    [undefined, 'no context was given'],
    ['u-1', 'no context was given'],
  ])('%j gets the default, a warning, and trackers that work', async (context, problem) => {
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

  test('one without a kind is a user', async () => {
    const { client, events } = setUp(flagsOf(flagValue))
    ;(await client.completionConfig('support', { key: 'u-1' } as typeof user)).createTracker().trackSuccess()
    expect(events[0]?.context).toEqual(user)
  })
})

test('keys that would change a prototype change none', async () => {
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

test.each([
  [{ sink: memorySink() }, 'createClient needs flags with the method evaluate'],
  [{ flags: 'ai-configs.json', sink: memorySink() }, 'createClient needs flags with the method evaluate'],
  [{ flags: noFlags }, 'createClient needs sink with the method append'],
])('createClient says at once what is missing: %#', (options, message) => {
  const create = () => createClient(options as never)
  expect(create).toThrow(message)
  expect(create).toThrow(RuntapeError)
})
