import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('the delay doubles with each failure up to its bound, with jitter between half and all of it', () => {
  const longest = [1, 2, 3, 4, 50].map(failures => backoffMs(failures, 100, 1_000, () => 1))
  expect(longest).toEqual([100, 200, 400, 800, 1_000])
  expect(backoffMs(3, 100, 1_000, () => 0)).toBe(200)
})
