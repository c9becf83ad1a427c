import assert from 'node:assert/strict'
import type { RunEvent, TapeRecord } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { payload, runEvent, span } from '../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from './case.ts'

const usage = { input: 10, output: 5, total: 15 }
const tokens = (fields: object) => ({ metric: 'tokens', value: { ...usage, ...fields } })
const call = (fields: object) => ({
  metric: 'call:1',
  value: { status: 'success', durationMs: 1, ...fields },
})

const badEvents: readonly object[] = [
  { runId: 5 },
  { runId: '' },
  { runId: null },
  { metric: 'token' },
  { metric: 'constructor' },
  { metric: 5 },
  { metric: 'call' },
  { value: undefined },
  { value: null },
  { value: -1 },
  { value: Number.NaN },
  { value: Infinity },
  { value: '5' },
  { value: { input: 1 } },
  tokens({ input: -5 }),
  tokens({ input: 2 ** 60 }),
  tokens({ input: 1.5 }),
  tokens({ total: undefined }),
  tokens({ reasoning: -1 }),
  tokens({ inputAudio: '3' }),
  { metric: 'tokens', value: { input: 0, output: 0, total: 0 } },
  { ...tokens({}), cost: { nanoUsd: -1000, priceList: 'p' } },
  { ...tokens({}), cost: { nanoUsd: 1.5, priceList: 'p' } },
  { ...tokens({}), cost: { nanoUsd: 5 } },
  { cost: { nanoUsd: 5, priceList: 'p' } },
  { metric: 'outcome', value: { status: 'ok' } },
  { metric: 'outcome', value: 'success' },
  { metric: 'outcome', value: { status: 'error', error: 'failed' } },
  { metric: 'feedback', value: { kind: 'good' } },
  { metric: 'feedback', value: { kind: 'positive', score: Number.NaN } },
  { metric: 'score:tone', value: { score: '1' } },
  { metric: 'tool-call:1', value: {} },
  call({ durationMs: -1 }),
  call({ usage: { ...usage, output: -1 } }),
  call({ status: 'done' }),
  { at: Number.NaN },
  { at: '2026-01-01' },
  { at: new Date() },
  { version: 1.5 },
  { version: 2 ** 60 },
  { version: '1' },
  { configKey: undefined },
  { configKey: 5 },
  { modelName: null },
  { providerName: true },
  { variationKey: 1n },
  { context: { kind: 'user' } },
  { context: { kind: 'user', key: 5 } },
  { context: 'ann' },
  { context: { kind: 'user', key: 'ann', plan: 5n } },
  { attributes: { region: null } },
  { attributes: { region: { code: 'eu' } } },
  { traceId: 5 },
  { replay: { testRunId: '', traceId: 'a' } },
  { replay: { traceId: 'a' } },
]

const badSpans: readonly object[] = [
  { traceId: 'short' },
  { traceId: 'A'.repeat(32) },
  { spanId: 5 },
  { parentSpanId: 'root' },
  { seq: -1 },
  { seq: 2 ** 53 },
  { startOrder: 2 ** 60 },
  { endOrder: -1 },
  { key: undefined },
  { name: null },
  { type: 5 },
  { startedAt: Number.NaN },
  { durationMs: -1 },
  { input: undefined },
  { input: 'text' },
  { input: { json: 5 } },
  { input: { json: '1', meta: [['a']] } },
  { output: { json: undefined } },
  { resultKind: 'thing' },
  { status: 'fine' },
  { error: { name: 'E', message: 'm' } },
  { error: { message: 'm', value: payload(null) } },
  { usage: { ...usage, input: -5 } },
  { model: 5 },
  { timeToFirstTokenMs: -1 },
  { runId: 5 },
  { sessionId: {} },
  { tags: 'beta' },
  { tags: [5] },
  { metadata: 'text' },
  { metadata: [1] },
  { metadata: { id: 1n } },
  { mockOnReplay: 'yes' },
  { replay: { testRunId: 't', mocked: true } },
]

function fail(): never {
  throw new Error('this record throws when it is read')
}

/** Records that no store may keep, as untyped code passes them. Some have the identity of a valid one. */
const bad = (): TapeRecord[] =>
  [
    ...badEvents.map(fields => ({ ...runEvent(), ...fields })),
    ...badSpans.map(fields => ({ ...span(), ...fields })),
    ...[undefined, null, 'text', 5, {}, [], { kind: 'event' }, { kind: 'span' }, { kind: 'run-event' }],
    Object.defineProperty({ ...runEvent() }, 'value', { get: fail, enumerable: true }),
    Object.defineProperty({ ...span() }, 'input', { get: fail, enumerable: true }),
    new Proxy({}, { get: fail }),
  ] as unknown as TapeRecord[]

// As UTF-8 all of them would be equal.
const halves = ['\ud800', '\ud801', '\udc00', '\ufffd', '\ud800\ud800', '\uffff"\\ud800"', '\uffff']
const apart = [...halves, 'a\u0000b', 'a\u0000c', 'a', 'e\u0301', '\u00e9']

/** Invalid records are refused, and do not affect others. */
export const refusalCases: readonly StoreContractCase[] = [
  {
    title: 'append: an invalid record is refused, and so is its whole batch',
    check: async ({ store }) => {
      const good = [runEvent(), span()] as const
      for (const record of bad()) {
        await assertRefused('invalid-record', () => store.append([record]))
        await assertRefused('invalid-record', () => store.append([...good, record]))
      }
      assertReceipt(await store.append(good), [2, 0, 0])
    },
  },
  {
    title: 'appendSync: an invalid record is refused, and so is its whole batch',
    needs: 'appendSync',
    check: async ({ store }) => {
      const good = [runEvent(), span()] as const
      for (const record of bad()) {
        assert.throws(() => store.appendSync?.([record]), { code: 'invalid-record' })
        assert.throws(() => store.appendSync?.([...good, record]), { code: 'invalid-record' })
      }
      assertReceipt(await store.append(good), [2, 0, 0])
    },
  },
  {
    title: 'append: a refused record is in no list, trace or bill, and its identity stays free',
    check: async ({ store }) => {
      for (const record of bad()) await store.append([record]).catch(() => {})
      assert.deepEqual((await store.runs.list()).items, [])
      assert.deepEqual((await store.traces.list()).items, [])
      assert.equal((await store.runs.usage())[0]?.runs, 0)
      const event = runEvent()
      await store.append([{ ...event, value: -1 }]).catch(() => {})
      assertReceipt(await store.append([event]), [1, 0, 0])
    },
  },
  {
    title: 'append: an undefined field is a missing field',
    check: async ({ store }) => {
      const event = {
        ...runEvent(),
        context: undefined,
        cost: undefined,
        replay: undefined,
      } as never as RunEvent
      const root = { ...span(), output: undefined, error: undefined, tags: undefined } as never as TapeRecord
      assertReceipt(await store.append([event, root]), [2, 0, 0])
      assertReceipt(await store.append([event, root]), [0, 2, 0])
    },
  },
  {
    title: 'append: an unknown field is dropped, and the same record again is a duplicate',
    check: async ({ store }) => {
      const [event, root] = [runEvent(), span()]
      const more = [{ ...event, later: 1 } as TapeRecord, { ...root, later: { a: 1 } } as TapeRecord]
      assertReceipt(await store.append(more), [2, 0, 0])
      assertReceipt(await store.append(more), [0, 2, 0])
      assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
      assert.deepEqual(await store.traces.getSpan(root.traceId, root.spanId), root)
    },
  },
  {
    title: 'append: run ids and metrics that differ in half of a surrogate pair stay distinct',
    check: async ({ store }) => {
      const runs = apart.map((runId, value) => runEvent({ runId, value }))
      const runId = newRunId()
      const calls = apart.map(id => runEvent({ runId, metric: `tool-call:${id}`, value: { name: id } }))
      assertReceipt(await store.append([...runs, ...calls]), [2 * apart.length, 0, 0])
      assertReceipt(await store.append([...runs, ...calls]), [0, 2 * apart.length, 0])
      for (const event of runs) assert.deepEqual((await store.runs.get(event.runId))?.events, [event])
      assert.deepEqual(
        new Set((await store.runs.get(runId))?.events.map(({ metric }) => metric)),
        new Set(calls.map(({ metric }) => metric)),
      )
      assert.equal((await store.runs.usage())[0]?.runs, apart.length + 1)
    },
  },
  {
    title: 'usage: customers and configs that differ in half of a surrogate pair stay distinct',
    check: async ({ store }) => {
      const runs = apart.map(key => runEvent({ context: { kind: 'user', key }, configKey: key }))
      await store.append(runs)
      const rows = await store.runs.usage({ groupBy: ['contextKey'] })
      assert.deepEqual(new Set(rows.map(row => row.group.contextKey)), new Set(apart))
      for (const event of runs)
        assert.deepEqual((await store.runs.list({ configKey: event.configKey })).items[0]?.runId, event.runId)
    },
  },
  {
    title: 'append: texts of a span with half a surrogate pair are kept exactly, and filters find them',
    check: async ({ store }) => {
      const spans = apart.map(text => span({ key: text, sessionId: text, tags: [text], runId: text }))
      assertReceipt(await store.append(spans), [spans.length, 0, 0])
      assertReceipt(await store.append(spans), [0, spans.length, 0])
      for (const { traceId, key } of spans) {
        assert.deepEqual((await store.traces.get(traceId))?.root.tags, [key])
        for (const filter of [{ key }, { tag: key }, { sessionId: key }, { runId: key }])
          assert.deepEqual(
            (await store.traces.list(filter)).items.map(item => item.traceId),
            [traceId],
          )
      }
    },
  },
]
