import { AIConfigDefault } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { fallback, flagsOf, flagValue, noFlags, setUp, user } from '../../test/helpers.ts'
import type { FlagSource } from '../flag-source.ts'

describe('the default is served', () => {
  test('if the flag is absent, with its templates rendered and without a warning', async () => {
    const { client, warnings } = setUp(noFlags)
    const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
    expect(config.messages).toEqual([{ role: 'system', content: 'Default for Ann (u-1)' }])
    expect([config.enabled, config.model.name]).toEqual([true, 'fallback-model'])
    expect(warnings).toEqual([])
  })

  test('which is a disabled config if none was passed', async () => {
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
  ])('if the flag value is malformed: %s', async (_what, value, problem) => {
    const { client, warnings } = setUp(flagsOf(value))
    const config = await client.completionConfig('support', user, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`completionConfig("support"): its flag value is malformed (`)
    expect(warnings[0]).toContain(problem)
    expect(warnings[0]).toMatch(/The default is served\.$/)
  })

  test.each(['{{#open}}never closed', '{{/close}}', '{{name', '{{#a}}{{/b}}'])(
    'if a template is broken: %s',
    async content => {
      const { client, warnings } = setUp(flagsOf({ ...flagValue, messages: [{ role: 'system', content }] }))
      const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
      expect(config.messages[0]?.content).toBe('Default for Ann (u-1)')
      expect(warnings[0]).toContain('completionConfig("support"): a template of its flag value is broken (')
    },
  )

  test('if a variable cannot be read', async () => {
    const variables = {
      get name(): string {
        throw new Error('the order is gone')
      },
    }
    const { client, warnings } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', user, fallback, variables)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings[0]).toContain('(the order is gone)')
  })

  test('if the value is for another mode', async () => {
    const { client, warnings } = setUp(flagsOf({ ...flagValue, _ldMeta: { enabled: true, mode: 'agent' } }))
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings).toEqual([
      'completionConfig("support"): its flag value is for agent mode, but completion mode was requested. The default is served.',
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
  ])('if the flag source %s', async (_how, evaluate) => {
    const { client, warnings } = setUp({ evaluate })
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings).toEqual([
      'completionConfig("support"): the flag source failed (no connection). The default is served.',
    ])
  })

  test('if the flag source returns nothing at all', async () => {
    const { client } = setUp({ evaluate: async () => undefined as never })
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
  })

  test('unrendered, if its own template is broken', async () => {
    const broken = new AIConfigDefault({ messages: [{ role: 'user', content: '{{#open}}' }] })
    const { client, warnings } = setUp(noFlags)
    expect((await client.completionConfig('support', user, broken)).messages[0]?.content).toBe('{{#open}}')
    expect(warnings[0]).toMatch(/a template of the default is broken .*\. It is used unrendered\.$/)
  })
})

test('a problem with a flag is reported once, not at each evaluation', async () => {
  const { client, warnings } = setUp(flagsOf(null))
  for (let time = 0; time < 3; time++) await client.completionConfig('support', user)
  await client.completionConfig('other', user)
  expect(warnings).toHaveLength(2)
})

describe('an incomplete flag value', () => {
  test('without _ldMeta is disabled, with a warning', async () => {
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
  ])('has model and provider named "" and no messages: %j', async value => {
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

  test('may have tools as a list or as an object by name', async () => {
    const tools = { lookup: { description: 'Finds an order' } }
    const { client } = setUp(flagsOf({ ...flagValue, tools }))
    const config = await client.completionConfig('support', user)
    expect(config.tools).toEqual([{ name: 'lookup', description: 'Finds an order' }])
  })
})
