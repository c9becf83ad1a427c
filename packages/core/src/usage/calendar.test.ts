import { expect, test } from 'vitest'
import { calendar, calendarTime } from './calendar.ts'

test('the calendar covers the years 0 to 9999, and other times have no text', () => {
  expect(calendarTime(calendar.first)).toBe('0000-01-01T00:00:00.000Z')
  expect(calendarTime(calendar.last)).toBe('9999-12-31T23:59:59.999Z')
  for (const at of [calendar.first - 1, calendar.last + 1, 1e300, Number.NaN])
    expect(calendarTime(at)).toBe('')
  expect(calendarTime(-0.5)).toBe('1969-12-31T23:59:59.999Z')
})
