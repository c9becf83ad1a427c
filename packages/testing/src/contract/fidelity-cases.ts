import assert from 'node:assert/strict'
import type { SpanRecord } from '@runtape/core'
import { newRunId, newTraceId } from '@runtape/core/internal'
import { payload, runEvent, span, testTime } from '../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from './case.ts'

/** A span with all fields. */
const fullSpan = (): SpanRecord =>
  span({
    parentSpanId: '00000000000000aa',
    seq: 3,
    startOrder: 4,
    endOrder: 17,
    output: {
      json: '{"at":"2026-01-01"}',
      meta: [[['at'], 'Date']],
      lossy: ['$.socket'],
      redacted: ['$.key'],
    },
    error: { name: 'RangeError', message: 'too far', value: { json: 'null', truncated: 5_000_000 } },
    status: 'error',
    usage: { input: 10, output: 5, total: 15, cachedInput: 4, reasoning: 2 },
    model: 'test-model',
    timeToFirstTokenMs: 12.5,
    runId: newRunId(),
    sessionId: 'session-1',
    tags: ['beta', 'große Stadt'],
    metadata: { tenant: { id: 7 }, flags: [true, null] },
    mockOnReplay: false,
    replay: {
      testRunId: newRunId(),
      sourceTraceId: newTraceId(),
      sourceSpanId: '00000000000000bb',
      mocked: true,
    },
  })
/** Records are read back unchanged, or are refused. */
export const fidelityCases: readonly StoreContractCase[] = [
  {
    title: 'append: later changes to the caller’s record have no effect',
    check: async ({ store }) => {
      const value = { status: 'success' as 'success' | 'error' }
      const event = runEvent({ metric: 'outcome', value })
      await store.append([event])
      value.status = 'error'
      assert.deepEqual((await store.runs.get(event.runId))?.metrics.outcome, { status: 'success' })
    },
  },
  {
    title: 'append: every field of a span is returned unchanged',
    check: async ({ store }) => {
      const full = fullSpan()
      await store.append([full])
      assert.deepEqual(await store.traces.getSpan(full.traceId, full.spanId), full)
      assertReceipt(await store.append([full]), [0, 1, 0])
    },
  },
  {
    title: 'append: every field of a run event is returned unchanged',
    check: async ({ store }) => {
      const event = runEvent({
        metric: 'score:helpful: tone',
        value: { score: 0.25, reasoning: 'kurz, aber höflich ☕' },
        at: testTime + 0.5,
        context: { kind: 'user', key: 'k:1', plan: 'pro', groups: ['a', 'b'] },
        attributes: { region: 'eu', beta: true, weight: 0.1 },
        traceId: newTraceId(),
      })
      await store.append([event])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
    },
  },
  {
    title: 'append: empty strings, zero, negative and very large numbers are kept exactly',
    check: async ({ store }) => {
      const event = runEvent({
        value: 0,
        configKey: '',
        variationKey: '',
        version: 0,
        modelName: '',
        providerName: '',
        context: { kind: '', key: '' },
      })
      const score = runEvent({ metric: 'score:', value: { score: -1.5e300, reasoning: '' } })
      const root = span({ key: '', name: '', durationMs: 0, tags: [], metadata: {}, sessionId: '' })
      assertReceipt(await store.append([event, score, root]), [3, 0, 0])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
      assert.deepEqual((await store.runs.get(score.runId))?.events, [score])
      assert.deepEqual(await store.traces.getSpan(root.traceId, root.spanId), root)
    },
  },
  {
    title: 'append: text in any script, quotes and colons are kept exactly',
    check: async ({ store }) => {
      const text = `O'Brien "говорит": 你好 👩‍👩‍👧 \\ % _ ; -- \n\t`
      const event = runEvent({ metric: `tool-call:${text}`, value: { name: text }, configKey: text })
      const root = span({ key: text, name: text, tags: [text], input: payload([text]) })
      await store.append([event, root])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
      assert.deepEqual((await store.traces.list({ key: text, tag: text })).items[0]?.key, text)
      assert.deepEqual(await store.traces.getSpan(root.traceId, root.spanId), root)
      assert.equal((await store.runs.usage({ groupBy: ['config'] }))[0]?.group.config, text)
    },
  },
  {
    title: 'append: a record that JSON cannot represent is refused and not kept',
    check: async ({ store }) => {
      const root = span({ metadata: { id: 1n } })
      await assertRefused('invalid-record', () => store.append([root]))
      assert.equal(await store.traces.getSpan(root.traceId, root.spanId), undefined)
      assertReceipt(await store.append([span({ ...root, metadata: {} })]), [1, 0, 0])
    },
  },
]
