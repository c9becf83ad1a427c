import { AIConfigDefault, type RunContext } from '@runtape/core'
import { describe, expect, test } from 'vitest'
import { fallback, flagsOf, flagValue, noFlags, setUp, user } from '../test/helpers.ts'
import { createClient } from './client.ts'
import type { FlagEvaluation } from './flag-source.ts'

const boom = (): never => {
  throw new Error('boom')
}
const throwing = (target: object, name: string): object =>
  Object.defineProperty(target, name, { get: boom, enumerable: true })

describe('completionConfig never rejects', () => {
  test.each<[string, unknown]>([
    ['a key that throws when read', throwing({ kind: 'user' }, 'key')],
    ['a kind that throws when read', throwing({ key: 'u-1' }, 'kind')],
    ['an attribute that throws when read', throwing({ ...user }, 'plan')],
    ['a proxy that was revoked', revoked()],
    ['a proxy that throws', new Proxy({}, { get: boom, ownKeys: boom, getOwnPropertyDescriptor: boom })],
  ])('for a context with %s', async (_what, context) => {
    const { client, events, warnings } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', context as RunContext, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings[0]).toContain('the context cannot be read')
    expect(config.createTracker().trackSuccess()).toBe(true)
    expect(events[0]).not.toHaveProperty('context')
  })

  test.each<[string, unknown]>([
    ['null messages', { messages: null }],
    ['messages that are a text', { messages: 'Be brief.' }],
    ['a message that is null', { messages: [null, { role: 'system', content: 'Hi {{name}}' }] }],
    [
      'a message without content',
      { messages: [{ role: 'system' }, { role: 'system', content: 'Hi {{name}}' }] },
    ],
    ['content that is no text', { messages: [{ role: 'system', content: 42 }] }],
    ['instructions that are no text', { instructions: 42 }],
    ['messages that throw when read', throwing({}, 'messages')],
    ['a value that JSON cannot hold', { model: { name: 'm', parameters: { big: 1n } } }],
  ])('for a default with %s', async (_what, init) => {
    const { client, warnings } = setUp({ evaluate: async () => boom() })
    const config = await client.completionConfig('support', user, init as AIConfigDefault, { name: 'Ann' })
    expect(config.messages.every(({ content }) => typeof content === 'string')).toBe(true)
    expect(warnings.join()).toContain('the flag source failed (boom)')
    expect(config.createTracker().trackSuccess()).toBe(true)
  })

  test('and keeps the usable messages of a default', async () => {
    const { client, warnings } = setUp(noFlags)
    const messages = [null, { role: 'system', content: 'Hi {{name}}' }] as never
    const config = await client.completionConfig('support', user, new AIConfigDefault({ messages }), {
      name: 'Ann',
    })
    expect(config.messages).toEqual([{ role: 'system', content: 'Hi Ann' }])
    expect(warnings).toEqual([
      'completionConfig("support"): the default has messages without text content. They are omitted.',
    ])
  })

  test.each<[string, unknown]>([
    ['a value that throws when read', throwing({}, 'value')],
    ['a variation that throws when read', throwing({ value: flagValue }, 'variationKey')],
    ['a part of its value that throws when read', { value: throwing({ ...flagValue }, 'model') }],
    ['a proxy that was revoked', { value: revoked() }],
    ['null', null],
  ])('for an evaluation with %s', async (_what, evaluation) => {
    const { client, warnings } = setUp({ evaluate: async () => evaluation as FlagEvaluation })
    const config = await client.completionConfig('support', user, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings[0]).toContain('The default is served')
  })

  test.each([undefined, null, 42, Symbol('key'), {}])('for the key %s', async key => {
    const { client, events, warnings } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig(key as never, user, fallback)
    expect(config.model.name).toBe('fallback-model')
    expect(warnings[0]).toContain('the config key must be a string')
    expect(config.createTracker().trackSuccess()).toBe(true)
    expect(events[0]?.configKey).toBe('')
  })

  test('for variables that throw when read', async () => {
    const { client } = setUp(flagsOf(flagValue))
    const config = await client.completionConfig('support', user, fallback, throwing({}, 'name') as never)
    expect(config.model.name).toBe('fallback-model')
  })
})

describe('createTracker of a config always works', () => {
  test.each<[string, unknown, number]>([
    ['beyond 2^53', 2 ** 60, 1],
    ['that is no whole number', 1.5, 1],
    ['that is infinite', Number.POSITIVE_INFINITY, 1],
    ['that is a text', '7', 1],
    ['that is fine', 7, 7],
  ])('with a version %s', async (_what, version, kept) => {
    const value = { ...flagValue, _ldMeta: { enabled: true } }
    const { client, events } = setUp(flagsOf(value, { version: version as number }))
    const tracker = (await client.completionConfig('support', user)).createTracker()
    expect(tracker.trackSuccess()).toBe(true)
    expect(events[0]?.version).toBe(kept)
    expect(client.createTracker({ token: tracker.resumptionToken }).runId).toBe(tracker.runId)
  })

  test('with a variation key that is not a string', async () => {
    const value = { ...flagValue, _ldMeta: { enabled: true } }
    const { client, events } = setUp(flagsOf(value, { variationKey: 5 as never }))
    ;(await client.completionConfig('support', user)).createTracker().trackSuccess()
    expect(events[0]?.variationKey).toBe('')
  })
})

test("an empty variation in the value does not hide the source's", async () => {
  const value = { ...flagValue, _ldMeta: { enabled: true, variationKey: '' } }
  const { client, events } = setUp(flagsOf(value, { variationKey: 'long' }))
  ;(await client.completionConfig('support', user)).createTracker().trackSuccess()
  expect(events[0]?.variationKey).toBe('long')
})

test('an agent loop continues if the flag source never had a config', async () => {
  const client = createClient({
    flags: noFlags,
    sink: { append: boom, flush: async () => {}, close: async () => {} },
    logger: { warn: () => {} },
  })
  const tracker = (await client.completionConfig('support', user)).createTracker()
  expect(await tracker.run(async () => 'answer')).toBe('answer')
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
