import type { Metric, RunEvent } from '@runtape/core'
import { expect, test } from 'vitest'
import { compareWithStore } from '../src/acts/compare-with-store.ts'

const event = (metric: Metric, value: number): RunEvent => ({
  kind: 'run-event',
  runId: 'run-1',
  metric,
  value,
  at: 0,
  configKey: 'support-answer',
  variationKey: '',
  version: 1,
  modelName: '',
  providerName: '',
})
const storeWith = (...events: RunEvent[]) => ({ get: async () => ({ events }) })
const sent = [event('duration', 10), event('time-to-first-token', 4), event('duration', 10)]

test('an event sent twice and recorded once is neither lost nor doubled', async () => {
  const store = storeWith(event('duration', 10), event('time-to-first-token', 4))
  expect(await compareWithStore(sent, store)).toEqual({ runs: 1, sent: 3, recorded: 2, lost: 0, doubled: 0 })
})

test('an event that the store lacks is lost', async () => {
  expect(await compareWithStore(sent, storeWith(event('duration', 10)))).toMatchObject({
    lost: 1,
    doubled: 0,
  })
  expect(await compareWithStore(sent, { get: async () => undefined })).toMatchObject({ recorded: 0, lost: 2 })
})

test('an event with another value in the store is lost', async () => {
  const store = storeWith(event('duration', 11), event('time-to-first-token', 4))
  expect(await compareWithStore(sent, store)).toMatchObject({ lost: 1, doubled: 0 })
})

test('an event that the store has twice is doubled', async () => {
  const store = storeWith(event('duration', 10), event('duration', 10), event('time-to-first-token', 4))
  expect(await compareWithStore(sent, store)).toMatchObject({ recorded: 3, lost: 0, doubled: 1 })
})
