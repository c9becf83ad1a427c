import { describe, expect, test } from 'vitest'
import { pointInTime } from './point-in-time.ts'

const now = Date.UTC(2026, 0, 31)

describe('pointInTime', () => {
  test.each([
    ['90s', now - 90_000],
    ['30m', now - 30 * 60_000],
    ['12h', now - 12 * 3_600_000],
    ['7d', now - 7 * 86_400_000],
    ['2w', now - 14 * 86_400_000],
    ['2026-01-30', Date.UTC(2026, 0, 30)],
    ['2026-01-30T09:30', Date.UTC(2026, 0, 30, 9, 30)],
    ['2026-01-30 09:30:15.5', Date.UTC(2026, 0, 30, 9, 30, 15, 500)],
    ['2026-01-30T09:30Z', Date.UTC(2026, 0, 30, 9, 30)],
    ['2026-01-30T09:30+02:00', Date.UTC(2026, 0, 30, 7, 30)],
    [new Date(5), 5],
    [Date.UTC(2000, 0, 1), Date.UTC(2000, 0, 1)],
    [now + 0.5, now + 0.5],
  ])('reads %s', (time, at) => {
    expect(pointInTime('where.since', time, now)).toBe(at)
  })

  test.each<[unknown]>([
    ['last week'],
    [''],
    ['7'],
    ['2026'],
    ['2026-1-5'],
    ['01/02/2026'],
    ['2026-02-30'],
    ['2026-13-01'],
    ['2026-01-30T25:00'],
    ['-7d'],
    [new Date(Number.NaN)],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [9e15],
    [null],
    [true],
    [{}],
    [Symbol('now')],
    [5n],
  ])('refuses %o, and names the option', time => {
    expect(() => pointInTime('where.since', time as string, now)).toThrow(
      /^where.since is not a time.*Use '30m'/,
    )
  })

  test('refuses seconds, and all numbers before 2000', () => {
    expect(() => pointInTime('since', 1_769_817_600, now)).toThrow(/^since is a time in seconds/)
    for (const time of [0, 1, -1, 1234, 900_000_000])
      expect(() => pointInTime('since', time, now)).toThrow('before the year 2000')
  })
})
