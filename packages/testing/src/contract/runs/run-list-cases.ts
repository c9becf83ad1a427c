import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import type { ListedRun, Page, RunQuery, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from './runs.ts'

const idsOf = (runs: readonly { readonly runId: string }[]): string[] => runs.map(run => run.runId)

const priced = (event: RunEvent, nanoUsd: number): RunEvent => ({
  ...event,
  cost: { nanoUsd, priceList: 'test@1' },
})

/** Runs a minute apart that differ in every listed property. */
const manyRuns = (count: number): RunEvent[][] =>
  Array.from({ length: count }, (_, index) => {
    const fields = {
      at: testTime + index * 60_000,
      configKey: `config-${index % 3}`,
      variationKey: index % 2 ? 'warm' : 'cold',
      version: index % 4,
      modelName: `model-${index % 5}`,
      providerName: index % 2 ? 'one' : 'two',
      context: index % 6 ? { kind: index % 2 ? 'user' : 'org', key: `key-${index % 7}` } : undefined,
    }
    const status = ['success', 'error', 'cancelled', undefined][index % 4]
    const kind = ['positive', undefined, 'negative'][index % 3]
    const events = runWith(
      {
        'call:1': call(10 + ((index * 7) % 20), 1),
        ...(index % 5 && { duration: (index * 13) % 40 }),
        ...(status && { outcome: { status } as never }),
        ...(kind && { feedback: { kind } as never }),
      },
      fields,
    )
    return index % 4
      ? events.map(event => (event.metric === 'call:1' ? priced(event, (index * 11) % 30) : event))
      : events
  })

const queries: readonly RunQuery[] = [
  { model: 'model-3' },
  { provider: 'one', version: 1 },
  { outcome: 'unfinished' },
  { outcome: 'success', configKey: 'config-1' },
  { feedback: 'none' },
  { feedback: 'none', outcome: 'cancelled', contextKind: 'user' },
  { contextKey: 'key-3', variationKey: 'warm' },
  { model: 'no such model' },
  { minDurationMs: 10, maxDurationMs: 20 },
  { minTokens: 15, maxNanoUsd: 12 },
  { minNanoUsd: 0 },
  { maxTokens: 12, since: testTime + 10 * 60_000, until: testTime + 40 * 60_000 },
  { feedback: 'negative', outcome: 'error', model: 'model-1', since: testTime },
]

const orders: readonly RunQuery[] = (['time', 'cost', 'tokens', 'duration'] as const).flatMap(sort =>
  (['descending', 'ascending'] as const).map(order => ({ sort, order })),
)

/** The expected list, computed from all runs one by one. */
function expected(runs: readonly ListedRun[], query: RunQuery): string[] {
  const duration = (run: ListedRun) => run.metrics.duration as number | undefined
  const between = (value: number | undefined, least?: number, most?: number) =>
    (least === undefined && most === undefined) ||
    (value !== undefined && value >= (least ?? 0) && value <= (most ?? Infinity))
  const feedback = (run: ListedRun) => (run.metrics.feedback as { kind?: string } | undefined)?.kind ?? 'none'
  const pairs = (run: ListedRun): [unknown, unknown][] => [
    [query.configKey, run.configKey],
    [query.variationKey, run.variationKey],
    [query.version, run.version],
    [query.model, run.model],
    [query.provider, run.providerName],
    [query.contextKind, run.context?.kind],
    [query.contextKey, run.context?.key],
    [query.outcome, run.outcome],
    [query.feedback, feedback(run)],
  ]
  const found = runs.filter(
    run =>
      pairs(run).every(([wanted, value]) => wanted === undefined || wanted === value) &&
      between(duration(run), query.minDurationMs, query.maxDurationMs) &&
      between(run.tokens?.total, query.minTokens, query.maxTokens) &&
      between(run.nanoUsd, query.minNanoUsd, query.maxNanoUsd) &&
      run.firstAt >= Number(query.since ?? 0) &&
      run.firstAt < Number(query.until ?? Infinity),
  )
  return idsOf(found)
}

const valueOf = (run: ListedRun, sort: RunQuery['sort']): number | undefined =>
  ({
    time: run.firstAt,
    cost: run.nanoUsd,
    tokens: run.tokens?.total,
    duration: run.metrics.duration as number,
  })[sort ?? 'time']

function assertInOrder(runs: readonly ListedRun[], { sort, order }: RunQuery): void {
  const values = runs.map(run => valueOf(run, sort))
  const known = values.filter(value => value !== undefined)
  const sorted = known.toSorted((a, b) => (order === 'ascending' ? a - b : b - a))
  assert.deepEqual(values, [...sorted, ...values.filter(value => value === undefined)])
}

const everyRun = (store: Store, query: RunQuery, limit = 1000): Promise<ListedRun[]> =>
  allPages((cursor): Promise<Page<ListedRun>> => store.runs.list({ ...query, limit, ...after(cursor) }))

export const runListCases: readonly StoreContractCase[] = [
  {
    title: 'runs.list: filters on properties and cost, alone and together, in every order',
    check: async ({ store }) => {
      await store.append(manyRuns(60).flat())
      const all = await everyRun(store, {})
      assert.equal(all.length, 60)
      for (const query of queries)
        for (const order of [{}, ...orders]) {
          const runs = await everyRun(store, { ...query, ...order })
          assert.deepEqual(idsOf(runs).sort(), expected(all, query).sort(), JSON.stringify(query))
          assertInOrder(runs, order)
        }
    },
  },
  {
    title: 'runs.list: pages of every order contain every run once, even with unknown or equal values',
    check: async ({ store }) => {
      await store.append(manyRuns(31).flat())
      for (const order of orders) {
        const runs = await everyRun(store, order, 4)
        assert.deepEqual(runs, await everyRun(store, order))
        assert.equal(new Set(idsOf(runs)).size, 31)
        assertInOrder(runs, order)
      }
    },
  },
  {
    title: 'runs.list: pages by cost contain each run once while costs rise and runs arrive',
    check: async ({ store }) => {
      const runs = manyRuns(15)
      await store.append(runs.flat())
      let arrivals = 0
      const listed = await allPages(
        cursor => store.runs.list({ sort: 'cost', limit: 3, ...after(cursor) }),
        async () => {
          arrivals++
          const [first] = runs[arrivals] as [RunEvent]
          await store.append([
            priced({ ...first, metric: 'call:late', value: call(1, 1) }, 100),
            ...manyRuns(arrivals).flat(),
          ])
        },
      )
      assert.deepEqual(idsOf(listed).sort(), runs.map(([first]) => first?.runId ?? '').sort())
    },
  },
  {
    title: 'runs.list: a row has status, model, tokens and cost; unknown values are absent',
    check: async ({ store }) => {
      const known = runWith({ 'call:1': { ...call(10, 5), model: 'm2' }, outcome: { status: 'success' } })
      const unpriced = runWith({ tokens: tokens(3, 4) }, { at: testTime - 1000 })
      const bare = runWith({ 'tool-call:1': { name: 'a' } }, { at: testTime - 2000 })
      await store.append([...known.map(event => (event.metric === 'call:1' ? priced(event, 7) : event))])
      await store.append([...unpriced, ...bare])
      const { items } = await store.runs.list()
      const shown = items.map(({ outcome, model, tokens: used, nanoUsd }) => ({
        outcome,
        model,
        used,
        nanoUsd,
      }))
      const { modelName } = runEvent()
      assert.deepEqual(shown, [
        { outcome: 'success', model: 'm2', used: tokens(10, 5), nanoUsd: 7 },
        { outcome: 'unfinished', model: modelName, used: tokens(3, 4), nanoUsd: undefined },
        { outcome: 'unfinished', model: modelName, used: undefined, nanoUsd: undefined },
      ])
      assert.ok(!('nanoUsd' in (items[1] as object)) && !('tokens' in (items[2] as object)))
      const { outcome: _o, model: _m, tokens: _t, nanoUsd: _n, ...run } = items[0] as ListedRun
      assert.deepEqual(run, await store.runs.get(run.runId))
    },
  },
  {
    title: 'runs.list: finds the runs of a trace by their events or spans',
    check: async ({ store }) => {
      const [traceId, other] = [newTraceId(), newTraceId()]
      const [named, spanned, elsewhere] = [runEvent({ traceId }), runEvent(), runEvent({ traceId: other })]
      await store.append([named, spanned, elsewhere, span({ traceId, runId: spanned.runId })])
      // It has a span here, but names another trace.
      await store.append([span({ traceId, spanId: newSpanId(), runId: elsewhere.runId })])
      assert.deepEqual(
        idsOf((await store.runs.list({ traceId })).items).sort(),
        [named.runId, spanned.runId].sort(),
      )
      assert.deepEqual(idsOf((await store.runs.list({ traceId, model: 'none' })).items), [])
      assert.deepEqual(idsOf((await store.runs.list({ traceId: newTraceId() })).items), [])
    },
  },
  {
    title: 'runs.list: the preview is the input and output of the root of the trace',
    check: async ({ store }) => {
      const traceId = newTraceId()
      const { runId } = runEvent()
      const payload = (value: unknown) => ({ json: JSON.stringify(value) })
      const root = span({
        traceId,
        input: payload([{ customer: 'ada', subject: ' Where is\nmy order? ' }]),
        output: payload({ id: 7, text: 'On its way.' }),
      })
      const child = span({
        traceId,
        spanId: newSpanId(),
        parentSpanId: root.spanId,
        input: payload(['no']),
        runId,
      })
      await store.append([runEvent({ runId, traceId }), root, child, runEvent({ at: testTime - 1 })])
      const { items } = await store.runs.list()
      assert.deepEqual(items[0]?.preview, { asked: 'Where is my order?', answered: 'On its way.' })
      assert.ok(!('preview' in (items[1] as object)))
    },
  },
  {
    title: 'runs.list: each run of a shared trace is previewed from its first call; large payloads are cut',
    check: async ({ store }) => {
      const traceId = newTraceId()
      const payload = (value: unknown) => ({ json: JSON.stringify(value) })
      const root = span({ traceId, input: payload(['all of them']), output: payload('done') })
      const messages = [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'One?' },
        { role: 'assistant', content: 'Yes.' },
      ]
      const large = { question: `Two? ${'x'.repeat(400)}`, more: 'y'.repeat(600_000) }
      const own = [payload([{ messages }]), payload([large])].map((input, index) => {
        const { runId } = runEvent()
        const output = payload([{ role: 'assistant', content: [{ type: 'text', text: `Answer ${index}` }] }])
        const spanId = newSpanId()
        return span({
          traceId,
          spanId,
          parentSpanId: root.spanId,
          runId,
          input,
          output,
          startedAt: testTime + index,
        })
      })
      const events = own.map(({ runId }, index) => runEvent({ runId, traceId, at: testTime + index }))
      await store.append([root, ...own, ...events])
      const { items } = await store.runs.list({ order: 'ascending' })
      assert.deepEqual(items[0]?.preview, { asked: 'One?', answered: 'Answer 0' })
      assert.equal(items[1]?.preview?.answered, 'Answer 1')
      assert.equal(items[1]?.preview?.asked?.length, 160)
      assert.ok(items[1]?.preview?.asked?.startsWith('Two? xxx') && items[1].preview.asked.endsWith('…'))
    },
  },
  {
    title: 'runs.list: an unknown order and a cursor of another order are refused',
    check: async ({ store }) => {
      await store.append(manyRuns(5).flat())
      const refused = [
        { sort: 'price' },
        { order: 'up' },
        { version: '1' },
        { minTokens: -1 },
        { maxNanoUsd: Number.NaN },
        { minDurationMs: '5' },
        { model: 5 },
        { traceId: null },
      ]
      for (const query of refused)
        await assertRefused('invalid-option', async () => store.runs.list(query as never))
      const { nextCursor: cursor } = await store.runs.list({ limit: 2, sort: 'cost' })
      assert.ok(cursor)
      for (const query of [{}, { sort: 'cost', order: 'ascending' }, { sort: 'tokens' }] as const)
        await assertRefused('invalid-option', async () => store.runs.list({ ...query, cursor }))
      assert.equal((await store.runs.list({ cursor, sort: 'cost', order: 'descending' })).items.length, 3)
    },
  },
]
