import { expect, test } from 'vitest'
import { soakReplayLaw } from '../src/replay-law.ts'

test('random programs replay identically', async () => {
  const { violations, numbers } = await soakReplayLaw({ seconds: 2, seed: 1 })
  expect(violations).toEqual([])
  expect(numbers.every(([, count]) => count > 0)).toBe(true)
}, 30_000)

test('the soak notices a tape without the order of ends', async () => {
  const { violations } = await soakReplayLaw({ seconds: 2, seed: 1, fault: 'half-recorded' })
  expect(violations.length).toBeGreaterThan(0)
}, 30_000)
