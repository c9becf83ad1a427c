import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FloatSum } from './float-sum.ts'

function sumOf(values: readonly number[]): number {
  const sum = new FloatSum()
  for (const value of values) sum.add(value)
  return sum.value()
}

test('a sum does not depend on the order', () => {
  const shuffled = fc
    .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 40 })
    .chain(values => fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length })))
  fc.assert(
    fc.property(shuffled, ([values, other]) => {
      expect(sumOf(other)).toBe(sumOf(values))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  [[], 0],
  [Array(10).fill(0.1), 1],
  [[1e16, 1, -1e16], 1],
  [[1, 1e100, 1, -1e100], 2],
  [[1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
])('%j adds up to %d', (values, sum) => {
  expect(sumOf(values)).toBe(sum)
})
