import assert from 'node:assert/strict'
import type { MetricValue, RunEvent } from '@runtape/core'
import { newTraceId } from '@runtape/core/internal'
import type { ListedRun, RunQuery, RunRow } from '@runtape/core/store'
import { payload, runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from './runs.ts'

/** The row of a run, fact by fact. */
function rowOf(run: ListedRun): RunRow {
  const { metrics, context } = run
  const facts = {
    runId: run.runId,
    configKey: run.configKey,
    variationKey: run.variationKey,
    version: run.version,
    model: run.model,
    providerName: run.providerName,
    context: context && { kind: context.kind, key: context.key },
    traceId: run.traceId,
    firstAt: run.firstAt,
    lastAt: run.lastAt,
    outcome: run.outcome,
    feedback: (metrics.feedback as { kind?: string } | undefined)?.kind,
    durationMs: metrics.duration,
    timeToFirstTokenMs: metrics['time-to-first-token'],
    tokens: run.tokens,
    nanoUsd: run.nanoUsd,
    preview: run.preview,
  }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as unknown as RunRow
}

const traceOf = (index: number) => index.toString(16).padStart(32, '0')

/** Runs that differ in every fact of a row; some lack it. */
const manyRuns = (count: number): RunEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const status = ['success', 'error', 'cancelled', undefined][index % 4]
    const kind = ['positive', undefined, 'negative'][index % 3]
    const metrics: Record<string, MetricValue> = {
      'tool-call:1': { name: 'lookup' },
      ...(index % 5 && { 'call:1': { ...call(10 + index, 2), model: `model-${index % 3}` } }),
      ...(index % 7 === 0 && { 'call:2': { ...call(3, index), model: 'another' } }),
      ...(index % 2 && { duration: index * 3 }),
      ...(index % 4 && { 'time-to-first-token': index }),
      ...(status && { outcome: { status } as MetricValue }),
      ...(kind && { feedback: { kind, comment: 'Why?' } as MetricValue }),
    }
    const events = runWith(metrics, {
      at: testTime + index * 1000,
      configKey: `config-${index % 3}`,
      variationKey: index % 2 ? 'warm' : '',
      version: index % 4,
      modelName: `model-${index % 4}`,
      providerName: index % 3 ? 'one' : '',
      context: index % 6 ? { kind: 'user', key: `key-${index % 7}`, plan: 'pro' } : undefined,
      traceId: index % 5 ? traceOf(index) : undefined,
    })
    return events.map(event =>
      event.metric === 'call:1' && index % 3
        ? { ...event, cost: { nanoUsd: index, priceList: 'a@1' } }
        : event,
    )
  }).flat()

const spansOf = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    span({
      traceId: traceOf(index),
      startedAt: testTime,
      input: payload([{ subject: `Where is order ${index}?` }]),
      output: payload({ text: 'On its way.' }),
    }),
  )

export const runRowCases: readonly StoreContractCase[] = [
  {
    title: 'runs.list: rows have the facts of whole runs, in every order and on every page',
    check: async ({ store }) => {
      await store.append([...manyRuns(40), ...spansOf(30)])
      const orders: readonly RunQuery[] = [
        {},
        { order: 'ascending' },
        { sort: 'cost' },
        { sort: 'tokens', order: 'ascending' },
        { sort: 'duration' },
        { where: 'feedback:negative' },
        { where: 'context.plan:pro tool:lookup', contextKey: 'key-3' },
        { where: 'nothing-has-this-word' },
      ]
      for (const order of orders) {
        const whole = await store.runs.list({ ...order, limit: 1000 })
        const rows = await allPages(cursor =>
          store.runs.list({ ...order, fields: 'row', limit: 7, ...after(cursor) }),
        )
        assert.deepEqual(rows, whole.items.map(rowOf), JSON.stringify(order))
      }
    },
  },
  {
    title: 'runs.list: a row has neither events nor values of events, and unknown facts are absent',
    check: async ({ store }) => {
      const full = runWith(
        { 'call:1': call(10, 5), duration: 90, outcome: { status: 'success' }, 'score:polite': { score: 1 } },
        { context: { kind: 'user', key: 'ann', plan: 'pro' } },
      )
      const bare = runWith({ 'tool-call:1': { name: 'a' } }, { at: testTime - 1000, context: undefined })
      await store.append([...full, ...bare])
      const { items } = await store.runs.list({ fields: 'row' })
      const { runId, configKey, variationKey, version, modelName: model, providerName } = full[0] as RunEvent
      const config = { configKey, variationKey, version, model, providerName }
      assert.deepEqual(items, [
        {
          runId,
          ...config,
          context: { kind: 'user', key: 'ann' },
          firstAt: testTime,
          lastAt: testTime,
          outcome: 'success',
          durationMs: 90,
          tokens: tokens(10, 5),
        },
        {
          runId: bare[0]?.runId,
          ...config,
          firstAt: testTime - 1000,
          lastAt: testTime - 1000,
          outcome: 'unfinished',
        },
      ])
    },
  },
  {
    title: 'runs.list: rows of a revision and of later pages are as whole runs, whatever arrives meanwhile',
    check: async ({ store }) => {
      const first = manyRuns(12)
      await store.append(first)
      const asOf = await store.revision()
      const { items } = await store.runs.list({ limit: 1000 })
      const expected = items.map(rowOf)
      const later = first
        .filter(({ metric }) => metric === 'tool-call:1')
        .flatMap(event => [
          { ...event, metric: 'call:late' as const, value: call(7, 7), at: event.at + 50 },
          { ...event, metric: 'feedback' as const, value: { kind: 'negative' as const } },
        ])
      const paged = await allPages(
        cursor => store.runs.list({ fields: 'row', limit: 5, ...after(cursor) }),
        async () => void (await store.append([...later, ...spansOf(12)])),
      )
      assert.deepEqual(paged, expected)
      assert.deepEqual((await store.runs.list({ fields: 'row', asOf, limit: 1000 })).items, expected)
      const now = await store.runs.list({ fields: 'row', limit: 1000 })
      assert.deepEqual(now.items, (await store.runs.list({ limit: 1000 })).items.map(rowOf))
      assert.notDeepEqual(now.items, expected)
    },
  },
  {
    title:
      'runs.list: the row of a run that its spans alone place in a trace has the trace, as whole runs do',
    check: async ({ store }) => {
      const [traceId, event] = [newTraceId(), runEvent({ traceId: undefined })]
      await store.append([event, span({ traceId, runId: event.runId, input: payload(['Hello?']) })])
      const { items } = await store.runs.list({ fields: 'row' })
      assert.equal(items[0]?.traceId, traceId)
      assert.equal(items[0]?.preview?.asked, 'Hello?')
    },
  },
  {
    title: 'runs.list: sums that are not exact are absent from rows, and unknown fields are refused',
    check: async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER
      const huge = runWith({ 'call:1': call(most - 1, 1), 'call:2': call(most - 1, 1) })
      const costly = huge.map(event => ({ ...event, cost: { nanoUsd: most, priceList: 'a@1' } }))
      await store.append(costly)
      const { items } = await store.runs.list({ fields: 'row' })
      assert.deepEqual(items, (await store.runs.list()).items.map(rowOf))
      assert.ok(items[0] && !('tokens' in items[0]) && !('nanoUsd' in items[0]))
      for (const fields of ['rows', 'all', ['row'], true, null, ''])
        await assertRefused('invalid-option', async () => store.runs.list({ fields } as never))
      await assertRefused('invalid-option', async () => store.runs.usage({ fields: 'row' } as never))
    },
  },
]
