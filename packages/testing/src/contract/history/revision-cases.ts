import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import type { AsOf, Store } from '@runtape/core/store'
import { payload, runEvent, span, testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'

const day = 86_400_000

/** Waits until the clock shows another millisecond. */
async function nextMillisecond(): Promise<number> {
  const now = Date.now()
  while (Date.now() === now) await new Promise(resolve => setTimeout(resolve, 1))
  return now
}

const sample = () => {
  const root = span({ tags: ['a'] })
  const run = { runId: `run-${root.spanId}`, traceId: root.traceId }
  const child = span({ traceId: root.traceId, parentSpanId: root.spanId, seq: 1, runId: run.runId })
  const usage = { input: 3, output: 4, total: 7 }
  const call = runEvent({ ...run, metric: 'call:1', value: { status: 'success', durationMs: 5, usage } })
  return { root, child, run, call }
}

type Sample = ReturnType<typeof sample>

async function fill(store: Store, { root, child, call }: Sample): Promise<void> {
  await store.append([child, root, call, span(), runEvent({ at: testTime - day })])
  await store.testRuns.start({ testRunId: 'first', key: 'support.answer', sourceTraceIds: [root.traceId] })
}

/** Adds records that change every result of `reads`, including some that sort before the existing ones. */
async function addMore(store: Store, { root, run, call }: Sample): Promise<void> {
  const { traceId } = root
  await store.append([
    span({ traceId, parentSpanId: root.spanId, seq: 2 }),
    span({ traceId, startedAt: testTime - 1, input: payload('asked earlier') }),
    span({ startedAt: testTime + day, tags: ['a'] }),
    span({ runId: run.runId, startedAt: testTime - day }),
    { ...call, cost: { nanoUsd: 9, priceList: 'test@1' } },
    runEvent({ ...run, metric: 'feedback', value: { kind: 'negative' } }),
    runEvent({ ...run, metric: 'outcome', value: { status: 'success' }, at: testTime + 1 }),
    runEvent({ at: testTime + day }),
    // A second run of the trace: the preview of the first is no longer that of the root.
    runEvent({ traceId }),
  ])
  await store.testRuns.start({ testRunId: 'second', key: 'support.answer', sourceTraceIds: [traceId] })
}

/** The results of all reads. */
async function reads(store: Store, { root, child, run }: Sample, asOf: AsOf = {}): Promise<unknown[]> {
  const { traceId } = root
  return Promise.all([
    store.runs.get(run.runId, asOf),
    store.runs.list(asOf),
    store.runs.list({ ...asOf, sort: 'cost' }),
    store.runs.list({ ...asOf, traceId }),
    store.runs.usage({ ...asOf, groupBy: ['config', 'day'] }),
    store.runs.facets({ ...asOf, field: 'contextKey' }),
    store.traces.get(traceId, asOf),
    store.traces.getSpan(traceId, child.spanId, asOf),
    store.traces.list(asOf),
    store.traces.list({ ...asOf, tag: 'a' }),
    store.traces.list({ ...asOf, feedback: 'negative' }),
    store.traces.list({ ...asOf, outcome: 'success' }),
    store.traces.list({ ...asOf, runId: run.runId }),
    store.testRuns.get('second', asOf),
    store.testRuns.list(asOf),
  ])
}

export const revisionCases: readonly StoreContractCase[] = [
  {
    title: 'revision: every read as of a revision returns what it returned then',
    check: async ({ store }) => {
      const it = sample()
      await fill(store, it)
      const before = await reads(store, it)
      const asOf = await store.revision()
      await addMore(store, it)
      assert.notDeepEqual(await reads(store, it), before)
      assert.deepEqual(await reads(store, it, { asOf }), before)
      assert.deepEqual(await reads(store, it, { asOf: await store.revision() }), await reads(store, it))
      assert.equal(
        (await store.traces.getSpan(it.root.traceId, it.root.spanId, { asOf }))?.name,
        it.root.name,
      )
    },
  },
  {
    title: 'revision: every read as of a time returns what had been received by then',
    check: async ({ store }) => {
      const it = sample()
      const start = await nextMillisecond()
      await fill(store, it)
      const before = await reads(store, it)
      const asOf = await nextMillisecond()
      await addMore(store, it)
      assert.deepEqual(await reads(store, it, { asOf }), before)
      assert.deepEqual(await reads(store, it, { asOf: new Date(asOf) }), before)
      assert.equal(await store.traces.get(it.root.traceId, { asOf: start }), undefined)
      assert.deepEqual((await store.traces.list({ asOf: start })).items, [])
      assert.equal(await store.runs.get(it.run.runId, { asOf: start }), undefined)
      assert.deepEqual((await store.testRuns.list({ asOf: start })).items, [])
    },
  },
  {
    title: 'revision: a past time stays as it was once it was asked for, even if it was just now',
    check: async ({ store }) => {
      for (let turn = 0; turn < 20; turn++) {
        const asOf = Date.now()
        const read = () =>
          Promise.all([store.traces.list({ asOf, limit: 100 }), store.testRuns.list({ asOf, limit: 100 })])
        const before = await read()
        await store.append([span()])
        await store.testRuns.start({ key: 'a', sourceTraceIds: [] })
        assert.deepEqual(await read(), before)
      }
    },
  },
  {
    title: 'revision: a trace is there once its root is, and its first root may change later',
    check: async ({ store }) => {
      const root = span()
      const empty = await store.revision()
      await store.append([span({ traceId: root.traceId, parentSpanId: root.spanId })])
      const rootless = await store.revision()
      await store.append([root])
      const whole = await store.revision()
      await store.append([span({ traceId: root.traceId, startedAt: testTime - 1 })])
      const spansAt = async (asOf: string) => (await store.traces.get(root.traceId, { asOf }))?.spans.length
      assert.deepEqual(await Promise.all([empty, rootless, whole].map(spansAt)), [undefined, undefined, 2])
      assert.equal((await store.traces.list({ asOf: rootless })).items.length, 0)
      assert.equal((await store.traces.list({ asOf: whole })).items[0]?.spanId, root.spanId)
      assert.notEqual((await store.traces.list()).items[0]?.spanId, root.spanId)
    },
  },
  {
    title: 'revision: covers what another connection wrote before it',
    needs: 'connect',
    check: async ({ store, connect }) => {
      const other = await connect?.()
      assert.ok(other)
      try {
        for (let turn = 1; turn <= 10; turn++) {
          const [root, event] = [span(), runEvent()]
          await other.append(turn % 2 ? [root, event] : [event])
          if (turn % 2 === 0) await other.append([root])
          const asOf = await store.revision()
          assert.equal((await store.traces.list({ asOf, limit: 100 })).items.length, turn)
          assert.equal((await store.runs.list({ asOf, limit: 100 })).items.length, turn)
          assert.ok(await store.traces.getSpan(root.traceId, root.spanId, { asOf }))
        }
      } finally {
        await other.close()
      }
    },
  },
  {
    title:
      'revision: what was removed is at no revision any more, and what comes later is not at an earlier one',
    check: async ({ store }) => {
      const [kept, erased] = [sample(), sample()]
      await fill(store, kept)
      await store.append([erased.root, erased.call])
      const asOf = await store.revision()
      await store.erase({ traceId: erased.root.traceId })
      const later = sample()
      await store.append([later.root, later.call])
      const traces = (await store.traces.list({ asOf })).items.map(({ traceId }) => traceId)
      assert.ok(traces.includes(kept.root.traceId))
      assert.equal(traces.length, 2)
      const runs = (await store.runs.list({ asOf })).items.map(({ runId }) => runId)
      assert.ok(runs.includes(kept.run.runId))
      assert.equal(runs.length, 2)
      assert.equal(await store.traces.get(erased.root.traceId, { asOf }), undefined)
      assert.equal(await store.traces.getSpan(later.root.traceId, later.root.spanId, { asOf }), undefined)
      assert.equal(await store.runs.get(erased.run.runId, { asOf }), undefined)
      assert.equal((await store.traces.list({ asOf: await store.revision() })).items.length, 3)
    },
  },
  {
    title: 'revision: a revision that the store has not reached is refused by every read',
    check: async ({ store }) => {
      await store.append([span(), runEvent()])
      const revision = await store.revision()
      const further = `r${revision.replace(/\d+/g, number => `${Number(number) + 9}`).slice(1)}`
      const refused = [further, 'r9999999999', 'revision', '', 'r', '7', true, Number.NaN] as never[]
      const all: ((query: { asOf: never }) => Promise<unknown>)[] = [
        query => store.runs.get('a', query),
        query => store.runs.list(query),
        query => store.traces.get('a', query),
        query => store.traces.getSpan('a', 'b', query),
        query => store.traces.list(query),
        query => store.testRuns.get('a', query),
        query => store.testRuns.list(query),
      ]
      for (const asOf of refused)
        for (const read of all) await assertRefused('invalid-option', async () => read({ asOf }))
      const misspelt = { asof: revision } as AsOf
      await assertRefused('invalid-option', async () => store.runs.get('a', misspelt))
      await assertRefused('invalid-option', async () => store.traces.getSpan('a', 'b', misspelt))
    },
  },
  {
    title: 'runs.get: as of a revision, an earlier run has the price that was known then',
    check: async ({ store }) => {
      const { call } = sample()
      await store.append([call])
      const asOf = await store.revision()
      await store.append([{ ...call, cost: { nanoUsd: 9, priceList: 'test@1' } }])
      const costOf = (events: readonly RunEvent[] = []) => events.map(({ cost }) => cost?.nanoUsd)
      assert.deepEqual(costOf((await store.runs.get(call.runId, { asOf }))?.events), [undefined])
      assert.deepEqual(costOf((await store.runs.get(call.runId))?.events), [9])
      const [listed] = (await store.runs.list({ asOf })).items
      assert.equal(listed?.nanoUsd, undefined)
      assert.deepEqual(costOf(listed?.events), [undefined])
    },
  },
]
