import { expect, test } from 'vitest'
import { ago, listTime } from './times.ts'

const at = Date.UTC(2026, 10, 29, 17, 46, 24)

test('a time in a list has the year when it is not this one', () => {
  expect(listTime(at, 'UTC', at)).toBe('29 Nov 17:46:24')
  expect(listTime(at, 'UTC', Date.UTC(2027, 0, 1))).toBe('29 Nov 2026 17:46:24')
})

test.each([
  [0, '0 s ago'],
  [59_000, '59 s ago'],
  [61_000, '1 min ago'],
  [3 * 3_600_000, '3 h ago'],
  [49 * 3_600_000, '2 d ago'],
])('%s ms are %s', (passed, text) => expect(ago(at, at + passed)).toBe(text))
