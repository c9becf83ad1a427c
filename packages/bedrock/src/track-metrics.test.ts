import { createTracker, type Tracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { trackBedrockConverseMetrics } from './track-metrics.ts'

const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
const logger = { warn: () => {} }
const newTracker = (): Tracker => createTracker({ sink, logger, configKey: 'test' })
const usage = { inputTokens: 5, outputTokens: 2, totalTokens: 7 }

test('tracks duration, success and tokens, and returns the response', async () => {
  const tracker = newTracker()
  const answer = { output: {}, usage }
  expect(await trackBedrockConverseMetrics(tracker, async () => answer)).toBe(answer)
  expect(tracker.getSummary()).toMatchObject({
    durationMs: expect.any(Number),
    outcome: { status: 'success' },
    tokens: { input: 5, output: 2, total: 7 },
  })
})

test('tracks no tokens if the response has no usage', async () => {
  const tracker = newTracker()
  await trackBedrockConverseMetrics(tracker, async () => ({ output: {} }))
  expect(tracker.getSummary().outcome).toEqual({ status: 'success' })
  expect(tracker.getSummary().tokens).toBeUndefined()
})

test('a failure is tracked with its duration, and rethrown', async () => {
  const tracker = newTracker()
  const error = new Error('down')
  await expect(trackBedrockConverseMetrics(tracker, () => Promise.reject(error))).rejects.toBe(error)
  expect(tracker.getSummary()).toMatchObject({
    durationMs: expect.any(Number),
    outcome: { status: 'error', error: { message: 'down' } },
  })
})

test('a second call runs again, and records only the missing metrics', async () => {
  const tracker = newTracker()
  await trackBedrockConverseMetrics(tracker, async () => ({}))
  const { durationMs } = tracker.getSummary()
  expect(await trackBedrockConverseMetrics(tracker, async () => ({ usage }))).toEqual({ usage })
  expect(tracker.getSummary()).toMatchObject({ durationMs, tokens: { total: 7 } })
})
