import { realTimers } from '@runtape/core/internal'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ReplayOptions, replay } from '../src/index.ts'
import { storeWith } from './tape.ts'

const never = () => new Promise<never>(() => {})

// A replay waits in real time even with a faked clock. Here its timers are faked as well.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.spyOn(realTimers, 'setTimeout').mockImplementation(setTimeout)
  vi.spyOn(realTimers, 'clearTimeout').mockImplementation(clearTimeout)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Replays two traces, stops after one second, and returns the result and the elapsed seconds. */
async function replayed(change: (store: ReturnType<typeof memoryStore>) => Partial<ReplayOptions>) {
  const store = memoryStore()
  const sink = {
    append: (record: never) => void store.appendSync?.([record]),
    flush: async () => {},
    close: async () => {},
  }
  const fn = createTracer({ sink }).traced('fn', async (id: number) => id)
  for (const id of [1, 2]) await fn(id)
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('enough')), 1000)
  const ended = replay(fn, { store, logger, signal: stop.signal, ...change(store) }).then(
    report => ({ report, error: undefined }),
    (error: Error) => ({ report: undefined, error }),
  )
  let isOver = false
  void ended.then(() => (isOver = true))
  let seconds = 0
  for (; !isOver && seconds < 60; seconds++) await vi.advanceTimersByTimeAsync(1000)
  return { ...(isOver ? await ended : { report: undefined, error: undefined }), seconds, warnings }
}

test('a store that accepts no record delays a stopped replay by some seconds', async () => {
  const { report, seconds } = await replayed(store => ({ store: storeWith(store, { append: never }) }))
  expect(seconds).toBe(6)
  expect(report).toMatchObject({ status: 'interrupted', summary: { total: 2, failed: 2 } })
  expect(report?.items.map(({ error, traceId }) => [error, traceId])).toEqual(
    Array(2).fill([
      expect.stringMatching(/^The replay waited 5 s for the store to keep the replay of trace .*enough\.$/),
      null,
    ]),
  )
})

test('a store that accepts no record delays an item by some seconds beyond its time limit', async () => {
  const { report, seconds } = await replayed(store => ({
    store: storeWith(store, { append: never }),
    signal: new AbortController().signal,
    itemTimeoutMs: 2000,
  }))
  expect(seconds).toBe(7)
  expect(report).toMatchObject({ status: 'completed', summary: { failed: 2 } })
  expect(report?.items[0]?.error).toMatch(/had not ended after 2000 ms/)
})

test.each([
  ['the store does not list its traces', { traces: { list: never } }],
  ['the store does not start the test run', { testRuns: { start: never } }],
])('a replay stopped while %s reports that it gave up', async (_, parts) => {
  const { error, seconds } = await replayed(store => ({ store: storeWith(store, parts) }))
  expect(seconds).toBe(6)
  expect(error).toMatchObject({
    code: 'replay-stopped',
    message: expect.stringMatching(/^The replay waited 5 s for the store to start a test run .*enough\.$/),
  })
})

test('a replay stopped while the store does not complete the test run still returns its report', async () => {
  const parts = { testRuns: { complete: never } }
  const { report, seconds, warnings } = await replayed(store => ({ store: storeWith(store, parts) }))
  expect(seconds).toBe(6)
  expect(report?.items.map(({ same, traceId }) => [same, traceId])).toEqual([
    [true, null],
    [true, null],
  ])
  expect(warnings[0]).toMatch(/^The replay waited 5 s for the store to complete test run .*enough\.$/)
})

test('a stopped replay waits some seconds for the consumer of its items', async () => {
  const { report, seconds, warnings } = await replayed(() => ({ onItem: never, maxConcurrency: 1 }))
  expect(seconds).toBe(6)
  expect(report).toMatchObject({ status: 'interrupted', summary: { completed: 1, notRun: 1 } })
  expect(warnings).toEqual([expect.stringMatching(/5 s for onItem to take the replay of trace/)])
})
