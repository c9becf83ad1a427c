import { describe, expect, test } from 'vitest'
import { pickVariation } from './rollout.ts'

const users = Array.from({ length: 10_000 }, (_, index) => ({ kind: 'user', key: `user-${index}` }))
const assign = (weights: Record<string, number>, configKey = 'support') =>
  users.map(user => pickVariation(weights, configKey, user))
const shareOf = (name: string, picked: readonly string[]) =>
  picked.filter(one => one === name).length / picked.length

describe('a rollout', () => {
  test('always gives a context the same variation', () => {
    const weights = { brief: 1, long: 1 }
    expect(assign(weights)).toEqual(assign(weights))
  })

  test('does not change between versions of this package', () => {
    const picked = users.slice(0, 12).map(user => pickVariation({ a: 1, b: 1, c: 1 }, 'support', user))
    expect(picked.join('')).toMatchInlineSnapshot(`"bcbaaabaabba"`)
  })

  test('divides contexts by weight, whatever the sum of the weights', () => {
    expect(shareOf('brief', assign({ brief: 90, long: 10 }))).toBeCloseTo(0.9, 1)
    expect(shareOf('brief', assign({ brief: 0.25, long: 0.75 }))).toBeCloseTo(0.25, 1)
  })

  test('serves a weight of 0 to no context', () => {
    expect(shareOf('long', assign({ brief: 1, long: 0 }))).toBe(0)
    expect(shareOf('brief', assign({ brief: 0, long: 1 }))).toBe(0)
  })

  test('moves only the contexts between the old and the new boundary', () => {
    const before = assign({ brief: 90, long: 10 })
    const after = assign({ brief: 80, long: 20 })
    const back = before.filter((name, index) => name === 'long' && after[index] === 'brief')
    const moved = before.filter((name, index) => name !== after[index])
    expect(back).toEqual([])
    expect(moved.length / users.length).toBeCloseTo(0.1, 1)
  })

  test('divides independently per config and per kind of context', () => {
    const weights = { brief: 1, long: 1 }
    const support = assign(weights)
    const sales = assign(weights, 'sales')
    const same = support.filter((name, index) => name === sales[index])
    expect(same.length / users.length).toBeCloseTo(0.5, 1)
    const kinds = users.filter(
      user =>
        pickVariation(weights, 'support', user) ===
        pickVariation(weights, 'support', { ...user, kind: 'org' }),
    )
    expect(kinds.length / users.length).toBeCloseTo(0.5, 1)
  })
})
