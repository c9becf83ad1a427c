import { expect, test } from 'vitest'
import { storeCalls } from './calls.ts'

test('a query with an unknown or wrong argument is refused', () => {
  const { input } = storeCalls['runs.list']
  expect(input.safeParse({ where: 'cost>1', since: '7d', limit: 20, fields: 'row' }).success).toBe(true)
  for (const wrong of [{ sinze: '7d' }, { limit: 0 }, { sort: 'name' }, { since: undefined }])
    expect(input.safeParse(wrong).success).toBe(false)
})

test('a list of runs has whole runs, or rows', () => {
  const { result } = storeCalls['runs.list']
  const row = { runId: 'a', configKey: 'c', variationKey: '', version: 1, model: 'm', providerName: '' }
  const page = { items: [{ ...row, firstAt: 1, lastAt: 1, outcome: 'unfinished' }] }
  expect(result.parse(page)).toEqual(page)
  expect(result.safeParse({ items: [row] }).success).toBe(false)
})

test('the cause of a thrown error may have a cause', () => {
  const thrown = {
    name: 'E',
    message: 'a',
    cause: { name: 'E', message: 'b', cause: { name: 'E', message: 'c' } },
  }
  const { thrown: schema } = storeCalls['testRuns.putItem'].input.shape
  expect(schema.parse(thrown)).toEqual(thrown)
  expect(schema.safeParse({ ...thrown, cause: { name: 'E', message: 'b', cause: 5 } }).success).toBe(false)
})
