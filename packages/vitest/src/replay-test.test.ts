import { sqliteStore } from '@runtape/store-sqlite'
import { traced } from '@runtape/trace'
import { expect, test } from 'vitest'
import { replayTest } from './replay-test.ts'

const answer = traced('support.answer', async (id: string) => id)

test.each([
  ['keepItems', false],
  ['shard', '2/4'],
  ['testRunId', 'ci-4711'],
  ['spans', [{ traceId: 'a', spanId: 'b' }]],
  ['maxConcurrency', 1],
  ['stopOnSigint', false],
])('%s makes no sense for one trace per test, and is refused', (name, value) => {
  const options = { store: sqliteStore(':memory:'), [name]: value }
  expect(() => replayTest(answer, options)).toThrow(`it does not accept ${name}`)
})

test('an empty list of traces is not a green test', () => {
  expect(() => replayTest(answer, { store: sqliteStore(':memory:'), traceIds: [] })).toThrow(
    'nothing to test',
  )
})
