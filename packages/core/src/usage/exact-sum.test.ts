import { expect, test } from 'vitest'
import { RuntapeError } from '../errors.ts'
import { exactSum } from './exact-sum.ts'

test('a sum up to 2^53 - 1 is returned exactly', () => {
  expect(exactSum('cost', 0n)).toBe(0)
  expect(exactSum('cost', 9_007_199_254_740_991n)).toBe(9_007_199_254_740_991)
})

test('a larger sum is refused by name, never rounded', () => {
  const refused = () => exactSum('cost', 9_007_199_254_740_993n)
  expect(refused).toThrow(/sum of cost .* is 9007199254740993, beyond .* since and until/)
  expect(refused).toThrow(expect.objectContaining({ code: 'sum-too-large' }))
  expect(refused).toThrow(RuntapeError)
})
