import assert from 'node:assert/strict'
import type { RunEvent, SpanRecord } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { payload, runEvent, span, testTime } from '../records.ts'
import { assertReceipt, type StoreContractCase } from './case.ts'

export const appendCases: readonly StoreContractCase[] = [
  {
    title: 'append: a new record is accepted',
    check: async ({ store }) => assertReceipt(await store.append([runEvent(), span()]), [2, 0, 0]),
  },
  {
    title: 'append: no records return an empty receipt',
    check: async ({ store }) => assertReceipt(await store.append([]), [0, 0, 0]),
  },
  {
    title: 'append: the same record again is a duplicate, and is stored once',
    check: async ({ store }) => {
      const event = runEvent()
      const root = span()
      await store.append([event, root])
      assertReceipt(await store.append([event, root]), [0, 2, 0])
      assert.equal((await store.runs.get(event.runId))?.events.length, 1)
      assert.equal((await store.traces.get(root.traceId))?.spans.length, 1)
    },
  },
  {
    title: 'append: a record twice in one batch is accepted once and counted as a duplicate once',
    check: async ({ store }) => {
      const event = runEvent()
      const root = span()
      assertReceipt(await store.append([event, root, event, root]), [2, 2, 0])
    },
  },
  {
    title: 'append: another value for a metric is a conflict; the receipt names it and the first value stays',
    check: async ({ store }) => {
      const event = runEvent({ value: 100 })
      await store.append([event])
      const receipt = await store.append([{ ...event, value: 200 }])
      assertReceipt(receipt, [0, 0, 1])
      assert.deepEqual(receipt.conflicting, [{ kind: 'run-event', runId: event.runId, metric: 'duration' }])
      assert.equal((await store.runs.get(event.runId))?.metrics.duration, 100)
    },
  },
  {
    title: 'append: two values for a metric in one batch conflict, and the first value stays',
    check: async ({ store }) => {
      const event = runEvent({ value: 100 })
      assertReceipt(await store.append([event, { ...event, value: 200 }]), [1, 0, 1])
      assert.equal((await store.runs.get(event.runId))?.metrics.duration, 100)
    },
  },
  {
    title: 'append: a success after an error is a conflict, because they share a slot',
    check: async ({ store }) => {
      const event = runEvent({ metric: 'outcome', value: { status: 'error' } })
      await store.append([event])
      assertReceipt(await store.append([{ ...event, value: { status: 'success' } }]), [0, 0, 1])
    },
  },
  {
    title: 'append: a span with other content is a conflict; the receipt names it and the first span stays',
    check: async ({ store }) => {
      const root = span()
      await store.append([root])
      const receipt = await store.append([{ ...root, output: payload('something else') }])
      assertReceipt(receipt, [0, 0, 1])
      const { traceId, spanId } = root
      assert.deepEqual(receipt.conflicting, [{ kind: 'span', traceId, spanId }])
      assert.deepEqual(await store.traces.getSpan(traceId, spanId), root)
    },
  },
  {
    title: 'append: the same value from a resumed process is a duplicate, even if later and less complete',
    check: async ({ store }) => {
      const event = runEvent({ metric: 'feedback', value: { kind: 'positive' } })
      await store.append([event])
      const resumed = runEvent({
        ...event,
        at: testTime + 60_000,
        modelName: '',
        providerName: '',
        context: undefined,
      })
      assertReceipt(await store.append([resumed]), [0, 1, 0])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
    },
  },
  {
    title: 'append: the order of keys in a value does not matter',
    check: async ({ store }) => {
      const event = runEvent({ metric: 'tokens', value: { input: 1, output: 2, total: 3, reasoning: 1 } })
      const root = span({ metadata: { a: { b: 1, c: 2 }, d: 3 } })
      await store.append([event, root])
      const again: RunEvent = { ...event, value: { reasoning: 1, total: 3, output: 2, input: 1 } }
      const { metadata: _, ...rest } = root
      const rootAgain: SpanRecord = { metadata: { d: 3, a: { c: 2, b: 1 } }, ...rest }
      assertReceipt(await store.append([again, rootAgain]), [0, 2, 0])
    },
  },
  {
    title: 'append: values that differ in a nested field conflict',
    check: async ({ store }) => {
      const event = runEvent({ metric: 'outcome', value: outcome(500) })
      await store.append([event])
      assertReceipt(await store.append([{ ...event, value: outcome(503) }]), [0, 0, 1])
      assertReceipt(await store.append([{ ...event, value: { status: 'error' } }]), [0, 0, 1])
    },
  },
  {
    title: 'append: a record is identified by its run and its metric',
    check: async ({ store }) => {
      const event = runEvent()
      const records: RunEvent[] = [
        event,
        { ...event, runId: newRunId() },
        { ...event, metric: 'time-to-first-token' },
        { ...event, metric: 'tool-call:1', value: { name: 'lookup' } },
        { ...event, metric: 'tool-call:2', value: { name: 'lookup' } },
        { ...event, metric: 'tool-call:1:2', value: { name: 'lookup' } },
      ]
      assertReceipt(await store.append(records), [6, 0, 0])
    },
  },
  {
    title: 'append: the same span id in two traces is two spans',
    check: async ({ store }) => {
      const one = span()
      assertReceipt(await store.append([one, { ...one, traceId: newTraceId() }]), [2, 0, 0])
    },
  },
  {
    title: 'append: the first of two concurrent calls wins',
    check: async ({ store }) => {
      const event = runEvent({ value: 1 })
      const filler = Array.from({ length: 300 }, () => span())
      const [first, second] = await Promise.all([
        store.append([...filler, event]),
        store.append([{ ...event, value: 2 }]),
      ])
      assertReceipt(first, [301, 0, 0])
      assertReceipt(second, [0, 0, 1])
    },
  },
  {
    title: 'append: a batch of 2,000 records is kept, and is all duplicates the second time',
    check: async ({ store }) => {
      const traceId = newTraceId()
      const root = span({ traceId })
      const children = Array.from({ length: 999 }, (_, seq) =>
        span({ traceId, parentSpanId: root.spanId, seq }),
      )
      const events = Array.from({ length: 1000 }, (_, at) => runEvent({ at: testTime + at }))
      const batch = [...events, ...children, root]
      assertReceipt(await store.append(batch), [2000, 0, 0])
      assertReceipt(await store.append(batch), [0, 2000, 0])
      assert.equal((await store.traces.get(traceId))?.spans.length, 1000)
      assert.equal((await store.runs.usage())[0]?.runs, 1000)
    },
  },
  {
    title: 'appendSync: accepts, counts and names records as append does',
    needs: 'appendSync',
    check: async ({ store }) => {
      const event = runEvent({ value: 100 })
      const root = span()
      const appendSync = (records: Parameters<typeof store.append>[0]) => {
        assert.ok(store.appendSync)
        return store.appendSync(records)
      }
      assertReceipt(appendSync([]), [0, 0, 0])
      assertReceipt(appendSync([event]), [1, 0, 0])
      assertReceipt(appendSync([event]), [0, 1, 0])
      const receipt = appendSync([event, { ...event, value: 5 }, root, root])
      assertReceipt(receipt, [1, 2, 1])
      assert.deepEqual(receipt.conflicting, [{ kind: 'run-event', runId: event.runId, metric: 'duration' }])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
      assert.deepEqual(await store.traces.getSpan(root.traceId, root.spanId), root)
    },
  },
  {
    title: 'appendSync: a record written by append is a duplicate, and vice versa',
    needs: 'appendSync',
    check: async ({ store }) => {
      const [one, two] = [runEvent(), runEvent()]
      await store.append([one])
      const receipt = store.appendSync?.([one, two])
      assert.ok(receipt)
      assertReceipt(receipt, [1, 1, 0])
      assertReceipt(await store.append([two]), [0, 1, 0])
    },
  },
]

const outcome = (status: number) =>
  ({ status: 'error', error: { name: 'APIError', message: 'failed', status } }) as const
