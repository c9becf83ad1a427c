import assert from 'node:assert/strict'
import { RuntapeError } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { runEvent, span } from '../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from './case.ts'

export const lifetimeCases: readonly StoreContractCase[] = [
  {
    title: 'close: every later call is refused, and closing again is allowed',
    check: async ({ store }) => {
      await store.append([runEvent()])
      await store.close()
      await store.close()
      const calls: (() => Promise<unknown>)[] = [
        () => store.append([runEvent()]),
        () => store.append([]),
        () => store.runs.get(newRunId()),
        () => store.runs.list(),
        () => store.runs.usage(),
        () => store.traces.get(newTraceId()),
        () => store.traces.getSpan(newTraceId(), '00000000000000aa'),
        () => store.traces.list(),
        () => store.testRuns.start({ key: 'support.answer', sourceTraceIds: [] }),
        () => store.testRuns.complete(newRunId()),
        () => store.testRuns.get(newRunId()),
        () => store.testRuns.list(),
        () => store.testRuns.putVerdict(newRunId(), newTraceId(), { pass: true }),
        () => store.prune({ runs: { before: '1d' } }),
        () => store.erase({ runId: newRunId() }, { dryRun: true }),
      ]
      for (const call of calls) await assertRefused('store-closed', call)
    },
  },
  {
    title: 'close: appendSync throws afterwards',
    needs: 'appendSync',
    check: async ({ store }) => {
      await store.close()
      for (const records of [[], [runEvent()], [runEvent(), span()]]) {
        assert.throws(
          () => store.appendSync?.(records),
          error => RuntapeError.isInstance(error) && error.code === 'store-closed',
        )
      }
    },
  },
  {
    title: 'close: an append started before it is kept, and a later one is not',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const spans = Array.from({ length: 500 }, () => span())
      const pending = store.append(spans)
      const closing = store.close()
      const late = assertRefused('store-closed', () => store.append([runEvent()]))
      await Promise.all([pending, closing, late])
      assertReceipt(await pending, [500, 0, 0])
      const again = await reopen?.()
      assert.equal((await again?.traces.list({ limit: 1000 }))?.items.length, 500)
      assert.equal((await again?.runs.usage())?.[0]?.runs, 0)
    },
  },
  {
    title: 'reopen: runs, traces, usage, test runs and identities are still there',
    needs: 'reopen',
    check: async ({ store, reopen }) => {
      const event = runEvent({ metric: 'tokens', value: { input: 1, output: 2, total: 3 } })
      const root = span({ runId: event.runId })
      const records = [event, root, span({ traceId: root.traceId, parentSpanId: root.spanId })]
      await store.append(records)
      const { testRunId } = await store.testRuns.start({ key: root.key, sourceTraceIds: [root.traceId] })
      await store.testRuns.putVerdict(testRunId, root.traceId, { pass: true })
      await store.testRuns.complete(testRunId)
      const everything = async (from: typeof store) => ({
        run: await from.runs.get(event.runId),
        usage: await from.runs.usage({ groupBy: ['day', 'config'] }),
        trace: await from.traces.get(root.traceId),
        list: await from.traces.list(),
        testRun: await from.testRuns.get(testRunId),
      })
      const before = await everything(store)
      const again = await reopen?.()
      assert.ok(again)
      assert.deepEqual(await everything(again), before)
      assertReceipt(await again.append(records), [0, 3, 0])
      assertReceipt(await again.append([{ ...event, value: { input: 9, output: 0, total: 9 } }]), [0, 0, 1])
    },
  },
]
