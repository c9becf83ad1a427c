import { describe, expect, test } from 'vitest'
import { AIConfig, AIConfigDefault } from './ai-config.ts'
import { RuntapeError } from './errors.ts'

const createTracker = () => ({ runId: 'r' })

describe('AIConfigDefault', () => {
  test('is enabled and empty by default', () => {
    expect({ ...new AIConfigDefault() }).toEqual({
      enabled: true,
      model: { name: '' },
      provider: { name: '' },
      messages: [],
    })
  })

  test('disabled() creates a disabled config', () => {
    expect(AIConfigDefault.disabled()).toBeInstanceOf(AIConfigDefault)
    expect(AIConfigDefault.disabled().enabled).toBe(false)
  })

  test('creates no trackers', () => {
    expect('createTracker' in new AIConfigDefault()).toBe(false)
  })
})

describe('AIConfig', () => {
  test('is not an AIConfigDefault, and neither class inherits from the other', () => {
    expect(new AIConfig({ createTracker })).not.toBeInstanceOf(AIConfigDefault)
    expect(new AIConfigDefault()).not.toBeInstanceOf(AIConfig)
    expect(Object.getPrototypeOf(AIConfig)).toBe(Function.prototype)
    expect(Object.getPrototypeOf(AIConfigDefault)).toBe(Function.prototype)
  })

  test('has no disabled()', () => {
    expect('disabled' in AIConfig).toBe(false)
    expect('disabled' in new AIConfig({ createTracker })).toBe(false)
  })

  test('requires createTracker, and the error names the client', () => {
    const construct = (init: unknown) => () => new AIConfig(init as { createTracker: () => unknown })
    expect(construct({ enabled: true })).toThrow('AIConfig needs createTracker. Use completionConfig()')
    expect(construct({ createTracker: 'no function' })).toThrow(RuntapeError)
    expect(construct(undefined)).toThrow(RuntapeError)
  })

  test('calls the factory once per createTracker(), even if it is disabled', () => {
    let made = 0
    const config = new AIConfig({ enabled: false, createTracker: () => ++made })
    expect([config.createTracker(), config.createTracker()]).toEqual([1, 2])
  })
})

describe('toJSON', () => {
  const init = {
    enabled: false,
    model: { name: 'gpt-5-mini', parameters: { temperature: 0 }, custom: { team: 'support' } },
    provider: { name: 'openai' },
    messages: [{ role: 'system', content: 'Be brief.' }],
  } as const
  const flagValue = {
    _ldMeta: { enabled: false },
    messages: init.messages,
    model: init.model,
    provider: init.provider,
  }

  test('has the form in which a flag source stores a config, without a tracker', () => {
    const config = new AIConfig({ ...init, createTracker })
    expect(JSON.parse(JSON.stringify(config))).toEqual(flagValue)
    expect(JSON.parse(JSON.stringify(new AIConfigDefault(init)))).toEqual(flagValue)
  })

  test('includes instructions and tools if the config has them', () => {
    const agent = { ...init, instructions: 'Help.', tools: [{ name: 'lookup' }] }
    expect(new AIConfigDefault(agent).toJSON()).toEqual({
      ...flagValue,
      instructions: 'Help.',
      tools: agent.tools,
    })
    expect(Object.keys(new AIConfigDefault(init).toJSON())).not.toContain('instructions')
  })
})
