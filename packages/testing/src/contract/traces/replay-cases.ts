import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { runEvent, span } from '../../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from '../case.ts'

/** The event as a replay records it. */
const inReplay = (event: RunEvent, traceId = newTraceId(), testRunId = newRunId()): RunEvent => ({
  ...event,
  replay: { testRunId, traceId },
})

export const replayCases: readonly StoreContractCase[] = [
  {
    title: 'replay: an event of a replay never takes a live slot, in either order',
    check: async ({ store }) => {
      const live = runEvent({ value: 100 })
      const other = runEvent({ value: 100 })
      const before = inReplay({ ...live, value: 7 })
      assertReceipt(await store.append([before, live]), [2, 0, 0])
      assertReceipt(await store.append([other, inReplay({ ...other, value: 7 })]), [2, 0, 0])
      assert.deepEqual((await store.runs.get(live.runId))?.events, [live])
      assert.equal((await store.runs.get(other.runId))?.metrics.duration, 100)
    },
  },
  {
    title: 'replay: an event without its replay trace is refused, and takes no live slot',
    check: async ({ store }) => {
      const live = runEvent({ value: 100 })
      const replay = { testRunId: 'test-1', traceId: '' }
      await assertRefused('invalid-record', () => store.append([{ ...live, value: 5, replay }]))
      assertReceipt(await store.append([live]), [1, 0, 0])
    },
  },
  {
    title: 'replay: each replayed trace has its own slots, in which the first write wins',
    check: async ({ store }) => {
      const event = runEvent({ value: 1 })
      const traceId = newTraceId()
      const first = inReplay(event, traceId)
      await store.append([first])
      assertReceipt(await store.append([inReplay(event)]), [1, 0, 0])
      assertReceipt(await store.append([first]), [0, 1, 0])
      const receipt = await store.append([{ ...first, value: 2 }])
      assertReceipt(receipt, [0, 0, 1])
      const { runId, metric } = event
      assert.deepEqual(receipt.conflicting, [{ kind: 'run-event', runId, metric, replayTraceId: traceId }])
    },
  },
  {
    title: 'replay: a run with only replay events is not a run',
    check: async ({ store }) => {
      const event = inReplay(runEvent())
      await store.append([event])
      assert.equal(await store.runs.get(event.runId), undefined)
      assert.deepEqual((await store.runs.list()).items, [])
    },
  },
  {
    title: 'replay: usage counts no runs, tokens, cost, times or feedback of a replay',
    check: async ({ store }) => {
      const tokens = { input: 10, output: 5, total: 15 }
      const cost = { nanoUsd: 700, priceList: 'test@1' }
      const live = runEvent({ metric: 'tokens', value: tokens, cost })
      const call = { status: 'success', durationMs: 5, usage: tokens } as const
      const { cost: _, ...unpriced } = live
      const own = inReplay(runEvent({ metric: 'tokens', value: tokens, cost }))
      await store.append([
        live,
        own,
        inReplay({ ...unpriced, metric: 'feedback', value: { kind: 'negative' } }),
        inReplay({ ...unpriced, metric: 'outcome', value: { status: 'error' } }),
        inReplay({ ...unpriced, metric: 'duration', value: 9 }),
        inReplay({ ...live, metric: 'call:1', value: call }),
        inReplay(runEvent({ metric: 'tokens', value: tokens })),
        inReplay({ ...live, at: live.at - 86_400_000 }),
      ])
      assert.deepEqual(await store.runs.usage({ groupBy: ['day'] }), [
        {
          group: { day: '2026-01-01' },
          runs: 1,
          succeeded: 0,
          failed: 0,
          cancelled: 0,
          unfinished: 1,
          unknownUsageRuns: 0,
          positive: 0,
          negative: 0,
          tokens,
          cost: { nanoUsd: 700, unpricedRuns: 0 },
        },
      ])
    },
  },
  {
    title: 'replay: replay events do not make a live run match a filter',
    check: async ({ store }) => {
      const live = runEvent()
      const replayed = inReplay({ ...live, metric: 'feedback', value: { kind: 'negative' } })
      const root = span({ runId: live.runId })
      await store.append([live, replayed, root])
      assert.deepEqual((await store.runs.list({ feedback: 'negative' })).items, [])
      assert.deepEqual((await store.traces.list({ feedback: 'negative' })).items, [])
    },
  },
  {
    title: 'replay: a replay trace does not become the trace of a live run',
    check: async ({ store }) => {
      const live = runEvent()
      const replay = { testRunId: newRunId(), sourceTraceId: newTraceId(), mocked: false }
      await store.append([live, span({ runId: live.runId, replay })])
      assert.equal((await store.runs.get(live.runId))?.traceId, undefined)
    },
  },
]
