import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addUsage, type TokenUsage, usageProblem } from './token-usage.ts'

const count = fc.nat(1_000_000)
const usages: fc.Arbitrary<TokenUsage> = fc.record(
  { input: count, output: count, total: count, cachedInput: count, cacheWrite: count, reasoning: count },
  { requiredKeys: ['input', 'output', 'total'] },
)

describe('addUsage', () => {
  test('sums every field', () => {
    const a = { input: 10, output: 5, total: 15, cachedInput: 4, cacheWrite: 2, reasoning: 1 }
    const b = { input: 1, output: 1, total: 2, cachedInput: 1, cacheWrite: 0, reasoning: 1 }
    expect(addUsage(a, b)).toEqual({
      input: 11,
      output: 6,
      total: 17,
      cachedInput: 5,
      cacheWrite: 2,
      reasoning: 2,
    })
  })

  test('omits what neither has and keeps what one has', () => {
    const sum = addUsage({ input: 1, output: 1, total: 2 }, { input: 1, output: 1, total: 2, reasoning: 1 })
    expect(sum).toEqual({ input: 2, output: 2, total: 4, reasoning: 1 })
    expect(Object.keys(sum)).not.toContain('cachedInput')
  })

  test('does not depend on the order or grouping of the calls', () => {
    fc.assert(
      fc.property(usages, usages, usages, (a, b, c) => {
        expect(addUsage(a, b)).toEqual(addUsage(b, a))
        expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)))
      }),
    )
  })

  test('changes neither argument', () => {
    const a = Object.freeze({ input: 1, output: 1, total: 2 })
    expect(addUsage(a, a)).toEqual({ input: 2, output: 2, total: 4 })
    expect(a).toEqual({ input: 1, output: 1, total: 2 })
  })
})

describe('usageProblem', () => {
  test('accepts usage that can be billed', () => {
    expect(usageProblem({ input: 3, output: 0, total: 3, cachedInput: 0 })).toBeUndefined()
    expect(usageProblem({ input: 0, output: 0, total: 3 })).toBeUndefined()
  })

  test.each([
    [{ input: -1, output: 0, total: 0 }, 'input must be a whole number of tokens, 0 or more (got -1)'],
    [
      { input: 1, output: Number.NaN, total: 1 },
      'output must be a whole number of tokens, 0 or more (got NaN)',
    ],
    [{ input: 1, output: 1.5, total: 2 }, 'output must be a whole number of tokens, 0 or more (got 1.5)'],
    [{ input: 1, output: 1 }, 'total must be a whole number of tokens, 0 or more (got undefined)'],
    [{ input: 2 ** 53, output: 1, total: 1 }, 'input must be a whole number of tokens'],
    [{ input: '5', output: 1, total: 6 }, 'input must be a whole number of tokens, 0 or more (got 5)'],
    [{ input: 1, output: 1, total: 2, reasoning: -2 }, 'reasoning must be a whole number of tokens'],
    [{ input: 1, output: 1, total: 2, cachedInput: null }, 'cachedInput must be a whole number of tokens'],
    [{ input: 0, output: 0, total: 0, reasoning: 4 }, 'all token counts are zero'],
    [null, 'usage must be an object { input, output, total }'],
    [12, 'usage must be an object { input, output, total }'],
  ])('%j: %s', (usage, problem) => {
    expect(usageProblem(usage as TokenUsage)).toContain(problem)
  })
})
