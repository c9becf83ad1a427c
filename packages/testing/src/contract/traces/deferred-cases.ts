import assert from 'node:assert/strict'
import type { Payload, SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import { payload, span } from '../../records.ts'
import type { StoreContractCase } from '../case.ts'

const bytes = 5_000
const long = 'x'.repeat(bytes)
const large: Payload = payload({ long })
const marks = { lossy: ['$.run: a function'], redacted: ['$.password'] }

/** A root with a large output, and its child calls; only `deferrable` may be deferred. */
function tree() {
  const root = span({ output: large })
  const { traceId, spanId: parentSpanId } = root
  const call = (seq: number, fields: Partial<SpanRecord>) =>
    span({ traceId, parentSpanId, seq, output: large, ...fields })
  const value = payload({ name: 'Error', message: long })
  const deferrable = [
    call(0, {}),
    call(1, { output: { ...large, ...marks, meta: [[['long'], 'url']] } }),
    call(2, { resultKind: 'promise-of-web-stream', status: 'cancelled' }),
    call(3, {
      resultKind: 'async-generator',
      status: 'error',
      error: { name: 'Error', message: long, value },
    }),
    // Another span with an already stored payload.
    call(4, { parentSpanId: 'ffffffffffffffff' }),
  ]
  const kept = [
    call(5, { resultKind: 'value' }),
    call(6, { resultKind: 'generator' }),
    call(7, { resultKind: 'web-stream' }),
    call(8, { output: payload('short') }),
    call(9, { output: { json: 'null', truncated: 9_000_000 } }),
    call(10, { output: undefined as never, status: 'unfinished' }),
    call(11, { input: payload([long]), output: payload(1) }),
  ]
  return { root, deferrable, kept }
}

/** What may be returned instead of the span itself. */
function withoutOutput(record: SpanRecord): SpanRecord {
  const { json, lossy, redacted } = record.output as Payload
  const deferred = Buffer.byteLength(json)
  return {
    ...record,
    output: { json: 'null', ...(lossy && { lossy }), ...(redacted && { redacted }), deferred },
  }
}

export const deferredCases: readonly StoreContractCase[] = [
  {
    title: 'traces.get: with deferOutputsFrom, a large output is complete, or deferred to getSpan',
    check: async ({ store }) => {
      const { root, deferrable } = tree()
      await store.append([root, ...deferrable])
      const trace = await store.traces.get(root.traceId, { deferOutputsFrom: bytes })
      assert.equal(trace?.spans.length, deferrable.length + 1)
      for (const each of deferrable) {
        const found: SpanRecord | undefined = trace?.spans.find(({ spanId }) => spanId === each.spanId)
        const expected: SpanRecord = found?.output?.deferred === undefined ? each : withoutOutput(each)
        assert.deepEqual(found, expected)
        assert.deepEqual(await store.traces.getSpan(each.traceId, each.spanId), each)
      }
    },
  },
  {
    title: 'traces.get: with deferOutputsFrom, the root, small and synchronous outputs are complete',
    check: async ({ store }) => {
      const { root, deferrable, kept } = tree()
      await store.append([root, ...deferrable, ...kept])
      const trace = await store.traces.get(root.traceId, { deferOutputsFrom: bytes })
      assert.deepEqual(trace?.root, root)
      for (const each of [root, ...kept])
        assert.deepEqual(
          trace?.spans.find(({ spanId }) => spanId === each.spanId),
          each,
        )
    },
  },
  {
    title: 'traces.getSpanSync: returns the same as getSpan, and undefined for an unknown span',
    needs: 'getSpanSync',
    check: async ({ store }) => {
      const { root, deferrable, kept } = tree()
      await store.append([root, ...deferrable, ...kept])
      const { getSpanSync } = store.traces
      for (const each of [root, ...deferrable, ...kept])
        assert.deepEqual(getSpanSync?.(each.traceId, each.spanId), each)
      assert.equal(getSpanSync?.(root.traceId, newSpanId()), undefined)
      assert.equal(getSpanSync?.(newTraceId(), root.spanId), undefined)
    },
  },
  {
    title: 'traces.get: without deferOutputsFrom every output is complete, before and after',
    check: async ({ store }) => {
      const { root, deferrable } = tree()
      const { traceId } = root
      await store.append([root, ...deferrable])
      const whole = new Set([root, ...deferrable])
      assert.deepEqual(new Set((await store.traces.get(traceId))?.spans), whole)
      await store.traces.get(traceId, { deferOutputsFrom: 1 })
      assert.deepEqual(new Set((await store.traces.get(traceId))?.spans), whole)
      assert.equal(await store.traces.get(newTraceId(), { deferOutputsFrom: 1 }), undefined)
    },
  },
]
