import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { afterEach, expect, test } from 'vitest'
import { configureTracing, flushTracing, traced } from './index.ts'

afterEach(() => configureTracing(undefined))

test('flushTracing resolves when the calls that have ended are in the store', async () => {
  const store = memoryStore()
  configureTracing({ sink: createRecorder({ store, flushIntervalMs: 60_000 }) })
  await traced('answer', async (question: string) => question)('Where?')
  expect((await store.traces.list()).items).toHaveLength(0)
  await flushTracing()
  expect((await store.traces.list()).items).toHaveLength(1)
})

test('flushTracing does nothing without configured tracing', async () => {
  expect(await flushTracing()).toBeUndefined()
})

test.each([
  ['rejects', async () => Promise.reject(new Error('no network'))],
  [
    'throws',
    () => {
      throw new Error('no network')
    },
  ],
])('a sink whose flush %s is warned about, and flushTracing resolves', async (_, flush) => {
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  configureTracing({ sink: { append() {}, flush, close: async () => {} }, logger })
  await flushTracing()
  expect(warnings).toEqual(['The recorded calls could not be flushed: no network'])
})
