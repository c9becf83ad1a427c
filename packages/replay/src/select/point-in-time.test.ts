import { describe, expect, it } from 'vitest'
import { pointInTime } from './point-in-time.ts'

const now = Date.UTC(2026, 0, 31)

describe('pointInTime', () => {
  it.each([
    ['90s', now - 90_000],
    ['30m', now - 30 * 60_000],
    ['12h', now - 12 * 3_600_000],
    ['7d', now - 7 * 86_400_000],
    ['2w', now - 14 * 86_400_000],
    ['2026-01-30', Date.UTC(2026, 0, 30)],
    [new Date(5), 5],
    [1234, 1234],
  ])('reads %s', (time, at) => {
    expect(pointInTime('where.since', time, now)).toBe(at)
  })

  it.each([['last week'], [''], [new Date(Number.NaN)], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'refuses %s, and names the option',
    time => {
      expect(() => pointInTime('where.since', time, now)).toThrow(/^where.since is not a time/)
    },
  )
})
