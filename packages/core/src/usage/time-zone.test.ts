import { describe, expect, test } from 'vitest'
import { timeLabels } from './time-zone.ts'
import { compareGroups } from './usage-groups.ts'

const at = (text: string): number => Date.parse(text)

describe('timeLabels', () => {
  test.each([
    ['Europe/Berlin', '2026-01-31T23:30:00Z', '2026-02-01T00+01:00'],
    ['Europe/Berlin', '2026-07-31T22:00:00Z', '2026-08-01T00+02:00'],
    ['Asia/Kolkata', '2026-01-31T18:29:59.999Z', '2026-01-31T23+05:30'],
    ['Asia/Kolkata', '2026-01-31T18:30:00Z', '2026-02-01T00+05:30'],
    ['Asia/Kathmandu', '2026-01-31T18:15:00Z', '2026-02-01T00+05:45'],
    ['Pacific/Chatham', '2026-01-31T10:14:59Z', '2026-01-31T23+13:45'],
    ['America/New_York', '2026-03-01T04:59:59Z', '2026-02-28T23-05:00'],
    ['America/St_Johns', '2026-03-01T03:30:00Z', '2026-03-01T00-03:30'],
    ['UTC', '2026-03-01T03:30:00Z', '2026-03-01T03+00:00'],
  ])('%s at %s is %s', (zone, time, hour) => {
    const labels = timeLabels(zone)
    expect(labels.hour(at(time))).toBe(hour)
    expect(labels.day(at(time))).toBe(hour.slice(0, 10))
    expect(labels.month(at(time))).toBe(hour.slice(0, 7))
  })

  test('change at the exact millisecond of a clock change', () => {
    const berlin = timeLabels('Europe/Berlin')
    expect(berlin.hour(at('2026-03-29T00:59:59.999Z'))).toBe('2026-03-29T01+01:00')
    expect(berlin.hour(at('2026-03-29T01:00:00Z'))).toBe('2026-03-29T03+02:00')
    expect(berlin.hour(at('2026-10-25T00:59:59.999Z'))).toBe('2026-10-25T02+02:00')
    expect(berlin.hour(at('2026-10-25T01:00:00Z'))).toBe('2026-10-25T02+01:00')
    const lordHowe = timeLabels('Australia/Lord_Howe')
    expect(lordHowe.hour(at('2026-04-04T14:59:59.999Z'))).toBe('2026-04-05T01+11:00')
    expect(lordHowe.hour(at('2026-04-04T15:00:00Z'))).toBe('2026-04-05T01+10:30')
  })

  test.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-06-01', 24],
  ])('the day %s has %i hours in Berlin', (day, hours) => {
    const berlin = timeLabels('Europe/Berlin')
    const start = at(`${day}T00:00:00Z`) - 3 * 3_600_000
    const times = Array.from({ length: 120 }, (_, index) => start + index * 900_000)
    const own = times.filter(time => berlin.day(time) === day)
    expect(new Set(own.map(berlin.hour)).size).toBe(hours)
    expect(own).toHaveLength(hours * 4)
  })

  test('agree with Intl in every zone, all year', () => {
    for (const zone of Intl.supportedValuesOf('timeZone').filter((_, index) => index % 7 === 0)) {
      const labels = timeLabels(zone)
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      })
      for (let time = at('2026-01-01T00:00:00Z'); time < at('2027-01-01T00:00:00Z'); time += 98_765_432)
        expect(labels.hour(time).slice(0, 13)).toBe(format.format(time).replace(' ', 'T').slice(0, 13))
    }
  })

  test('are empty outside the calendar', () => {
    for (const time of [1e300, -1e300, Date.UTC(10_000, 0)])
      expect(timeLabels('Europe/Berlin').hour(time)).toBe('')
    expect(timeLabels('Asia/Tokyo').day(Date.UTC(9999, 11, 31, 23))).toBe('')
  })
})

test('hours with offsets sort by time', () => {
  const labels = [
    '2026-10-25T03+01:00',
    '2026-10-25T02+01:00',
    '',
    '2026-10-25T02+02:00',
    '2026-10-25T01+02:00',
  ]
  const sorted = labels.map(hour => ({ hour })).sort((a, b) => compareGroups(a, b, ['hour']))
  expect(sorted.map(({ hour }) => hour)).toEqual(['', labels[4], labels[3], labels[1], labels[0]])
})
