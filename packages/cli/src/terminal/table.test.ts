import { expect, test } from 'vitest'
import { table } from './table.ts'

test('a table of 200,000 rows', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`r${index}`])
  expect(table(['row'], rows).split('\n')).toHaveLength(200_001)
})
