import assert from 'node:assert/strict'
import type { RunEvent, TapeRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { payload, runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

const minute = 60_000
const traceOf = (name: string) => name.charCodeAt(0).toString(16).padStart(32, '0')

type Fields = Parameters<typeof runEvent>[0] & { readonly nanoUsd?: number; readonly total?: number }

/** A run with a one-letter id; `metrics` are its metrics besides a call. */
function run(
  name: string,
  { nanoUsd, total, ...fields }: Fields,
  metrics: Record<string, unknown>,
): RunEvent[] {
  const at = testTime + (name.charCodeAt(0) - 97) * minute
  const own = { runId: name, at, traceId: traceOf(name), ...fields }
  const usage = total === undefined ? undefined : { input: total - 1, output: 1, total }
  const call = { status: 'success', durationMs: 1, ...(usage && { usage }) } as const
  const cost = nanoUsd === undefined ? undefined : { nanoUsd, priceList: 'test@1' }
  const events = Object.entries(metrics).map(([metric, value]) =>
    runEvent({ ...own, metric: metric as RunEvent['metric'], value: value as never }),
  )
  return [runEvent({ ...own, metric: 'call:1', value: call, cost }), ...events]
}

const ann = { kind: 'user', key: 'ann', plan: 'pro', seats: 3, teams: ['red', 'blue'] }

const records: readonly TapeRecord[] = [
  ...run(
    'a',
    { nanoUsd: 20_000_000, total: 500, context: ann, modelName: 'gpt-5-mini' },
    { duration: 1500, outcome: { status: 'success' }, feedback: { kind: 'negative', comment: 'Too slow' } },
  ),
  ...run(
    'b',
    { total: 20_000, context: { kind: 'org', key: 'acme' }, modelName: 'gpt-5', version: 12 },
    { duration: 90, outcome: { status: 'error', error: { name: 'RateLimit', message: 'try "later"' } } },
  ),
  ...run(
    'c',
    { nanoUsd: 50_000_000, total: 10, context: undefined, modelName: 'o4', variationKey: '' },
    { 'time-to-first-token': 250, 'tool-call:1': { name: 'orders.lookup' }, 'score:polite': { score: 0.4 } },
  ),
  ...run('d', { context: { ...ann, plan: 'free' } }, { outcome: { status: 'cancelled' } }),
  span({
    traceId: traceOf('a'),
    startedAt: testTime,
    durationMs: 40,
    sessionId: 's 1',
    tags: ['vip', 'eu'],
    input: payload([{ subject: 'The Late order' }]),
  }),
  span({
    traceId: traceOf('b'),
    startedAt: testTime + minute,
    durationMs: 2000,
    key: 'mail.answer',
    spanId: '00000000000000b1',
  }),
  span({
    traceId: traceOf('b'),
    parentSpanId: '00000000000000b1',
    key: 'mail.send',
    type: 'tool',
    startedAt: testTime + minute,
  }),
]

const filters: readonly [filter: string, runs: string][] = [
  ['', 'abcd'],
  ['status:success,error', 'ab'],
  ['-status:success', 'bcd'],
  ['status:unfinished', 'c'],
  ['feedback:negative', 'a'],
  ['feedback:none', 'bcd'],
  ['model:gpt-*', 'ab'],
  ['model:*5*', 'ab'],
  ['model:gpt-5,o4', 'bc'],
  ['version:12', 'b'],
  ['-variation:""', 'abd'],
  ['user:ann', 'ad'],
  ['user:*', 'abd'],
  ['-user:*', 'c'],
  ['context.plan:pro', 'a'],
  ['-context.plan:pro', 'bcd'],
  ['context.seats:3', 'ad'],
  ['context.teams:blue', 'ad'],
  ['context.kind:org', 'b'],
  ['error:RateLimit', 'b'],
  ['error:"try \\"later\\""', 'b'],
  ['tool:orders.*', 'c'],
  ['run:a,c', 'ac'],
  [`trace:${traceOf('d')}`, 'd'],
  ['session:"s 1"', 'a'],
  ['tag:eu', 'a'],
  ['-tag:*', 'bcd'],
  ['key:mail.send', 'b'],
  ['tool:mail.send', 'b'],
  ['cost>0.02', 'c'],
  ['cost>=0.02', 'ac'],
  ['cost:0.02..0.05', 'ac'],
  ['tokens:10,500', 'ac'],
  ['tokens>=20k', 'b'],
  ['tokens>9.5', 'abc'],
  ['tokens<10.4', 'c'],
  ['cost>=0.0200000001', 'c'],
  ['in<10 out:1', 'c'],
  ['duration<1s', 'b'],
  ['duration:1.5s', 'a'],
  ['ttft:0.2s..300ms', 'c'],
  ['score.polite<0.5', 'c'],
  ['status:error,cancelled user:ann', 'd'],
  [
    `since:${new Date(testTime + minute).toISOString()} until:${new Date(testTime + 3 * minute).toISOString()}`,
    'bc',
  ],
  [`-since:${new Date(testTime + minute).toISOString()}`, 'a'],
  ['"too slow"', 'a'],
  ['late order', 'a'],
  ['-late', 'cd'],
  ['constructor', ''],
]

const unknowns: readonly [filter: string, runs: string][] = [
  ['cost<1', 'ac'],
  ['-cost<1', 'bd'],
  ['cost:unknown', 'bd'],
  ['-cost:unknown', 'ac'],
  ['cost:unknown,0.05', 'bcd'],
  ['tokens:unknown', 'd'],
  ['duration>0', 'ab'],
  ['-duration>0', 'cd'],
  ['cached:unknown', 'abcd'],
  ['score.polite:unknown', 'abd'],
  ['-score.polite>0.9', 'abcd'],
  ['score.rude>0', ''],
  ['context.toString:*', ''],
]

async function assertRuns(store: Store, where: string, expected: string): Promise<void> {
  const { items } = await store.runs.list({ where, order: 'ascending' })
  assert.equal(items.map(({ runId }) => runId).join(''), expected, where)
  const [bill] = await store.runs.usage({ where })
  assert.equal(bill?.runs, expected.length, where)
  const costs = items.reduce((sum, { nanoUsd = 0 }) => sum + nanoUsd, 0)
  assert.equal(bill?.cost?.nanoUsd ?? 0, costs, where)
  const { values } = await store.runs.facets({ where, field: 'config' })
  assert.equal(values[0]?.runs ?? 0, expected.length, where)
}

const selects =
  (pairs: readonly (readonly [string, string])[]): StoreContractCase['check'] =>
  async ({ store }) => {
    await store.append(records)
    for (const [where, expected] of pairs) await assertRuns(store, where, expected)
  }

const traces: readonly [filter: string, traces: string][] = [
  ['feedback:negative', 'a'],
  ['-feedback:negative', 'be'],
  ['status:error', 'be'],
  ['cost:unknown', 'be'],
  ['duration>1s', 'b'],
  ['key:mail.send', 'b'],
  ['key:support.answer tag:vip', 'a'],
  ['session:"s 1",x', 'a'],
  ['error:TypeError,RateLimit', 'be'],
  ['tokens>=500', 'ab'],
  ['context.plan:pro', 'a'],
  ['run:b', 'b'],
  [`trace:${traceOf('e')}`, 'e'],
  [`since:${new Date(testTime + minute).toISOString()}`, 'be'],
  ['"late order"', 'a'],
  ['model:none', ''],
]

/** Invalid filters, with the character that the error names. */
const invalid: readonly [filter: string, character: number][] = [
  ['feedback:negative cost>cheap', 19],
  ['status:bad', 1],
  ['colour:red', 1],
  ['cost>', 6],
  ['a "late', 3],
  ['since:yesterday', 1],
]

export const filterCases: readonly StoreContractCase[] = [
  { title: 'filters: a filter selects the same runs in list, usage and facets', check: selects(filters) },
  {
    title: 'filters: a comparison with an unknown amount does not hold; negated, it does',
    check: selects(unknowns),
  },
  {
    title: 'filters: a filter narrows the named fields',
    check: async ({ store }) => {
      await store.append(records)
      const query = { where: 'cost:unknown', contextKey: 'ann', since: testTime }
      const { items } = await store.runs.list(query)
      assert.deepEqual(
        items.map(({ runId }) => runId),
        ['d'],
      )
      assert.equal((await store.runs.usage(query))[0]?.runs, 1)
    },
  },
  {
    title: 'filters: a filtered list continues where the previous page ended',
    check: async ({ store }) => {
      await store.append(records)
      const read = (cursor: string | undefined) =>
        store.runs.list({ where: '-error:* -context.plan:free', sort: 'cost', limit: 1, ...after(cursor) })
      const runs = await allPages(read, () =>
        store.append(run('e', { nanoUsd: 60_000_000, total: 3, context: ann }, {})),
      )
      assert.deepEqual(
        runs.map(({ runId }) => runId),
        ['c', 'a'],
      )
    },
  },
  {
    title: 'filters: a trace matches a filter with one of its runs, or without one if it has none',
    check: async ({ store }) => {
      const error = { name: 'TypeError', message: 'none', value: payload(null) }
      const root = {
        traceId: traceOf('e'),
        startedAt: testTime + 2 * minute,
        status: 'error',
        error,
      } as const
      await store.append([...records, span(root)])
      for (const [where, expected] of traces) {
        const found = await allPages(cursor => store.traces.list({ where, limit: 1, ...after(cursor) }))
        const names = found.map(({ traceId }) => String.fromCharCode(Number.parseInt(traceId, 16)))
        assert.equal(names.sort().join(''), expected, where)
      }
    },
  },
  {
    title: 'filters: a filter of the traces of a replay reads the runs that were recorded in it',
    check: async ({ store }) => {
      const replay = { testRunId: 't', sourceTraceId: traceOf('a'), mocked: false }
      const mark = { testRunId: 't', traceId: traceOf('r') }
      const outcome = runEvent({
        runId: 'a',
        metric: 'outcome',
        value: { status: 'cancelled' },
        replay: mark,
      })
      await store.append([...records, span({ traceId: traceOf('r'), runId: 'a', replay }), outcome])
      const list = async (where: string) => (await store.traces.list({ where, testRunId: 't' })).items.length
      assert.equal(await list('status:cancelled'), 1)
      assert.equal(await list('status:success'), 0)
      assert.equal(await list('feedback:none'), 1)
    },
  },
  {
    title: 'filters: select by reviews and cohorts as they are now',
    check: async ({ store }) => {
      await store.append(records)
      await store.reviews.put({ runId: 'c', by: 'eva', pass: true })
      await store.reviews.put({ traceId: traceOf('a'), by: 'eva', pass: false })
      await store.reviews.put({ runId: 'd', by: 'eva', pass: true })
      await store.reviews.withdraw({ runId: 'd', by: 'eva' })
      const entries = ['a', 'b'].map(name => ({ traceId: traceOf(name) }))
      await store.cohorts.create('bad-refunds', { put: entries })
      await store.cohorts.change('bad-refunds', { remove: [traceOf('a')] })
      for (const [where, expected] of [
        ['reviewed:yes', 'ac'],
        ['reviewed:no', 'bd'],
        ['-reviewed:yes status:error', 'b'],
        ['cohort:bad-refunds', 'b'],
        ['cohort:bad-*,other', 'b'],
        ['-cohort:*', 'acd'],
      ] as const)
        await assertRuns(store, where, expected)
      const list = async (where: string) =>
        (await store.traces.list({ where })).items.map(({ traceId }) => traceId)
      assert.deepEqual(await list('cohort:bad-refunds'), [traceOf('b')])
      assert.deepEqual(await list('reviewed:yes'), [traceOf('a')])
      assert.deepEqual(await list('reviewed:no cohort:bad-refunds'), [traceOf('b')])
      const asOf = await store.revision()
      for (const where of ['reviewed:yes', '-cohort:x'])
        await assertRefused('invalid-option', async () => store.runs.usage({ where, asOf }))
      await assertRefused('invalid-option', async () => store.runs.list({ where: 'cohort:bad-refunds@1' }))
    },
  },
  {
    title: 'filters: an invalid filter is refused, with the position of the problem',
    check: async ({ store }) => {
      for (const [where, character] of invalid) {
        const message = new RegExp(`at character ${character}\\b`)
        for (const read of [store.runs.list, store.runs.usage, store.traces.list])
          await assert.rejects(async () => read({ where }), { code: 'invalid-option', message })
      }
      await assertRefused('invalid-option', async () => store.runs.list({ where: ['model:x'] as never }))
      await assertRefused('invalid-option', async () =>
        store.runs.usage({ where: 'since:2026-02-01', until: '2026-01-01' }),
      )
    },
  },
  {
    title: 'filters: a past bill by what a person said or was is unknown once a person was erased',
    check: async ({ store }) => {
      await store.append(records)
      const asOf = await store.revision()
      await store.erase({ context: { kind: 'user', key: 'ann' } }, { keepTotals: true })
      const [bill] = await store.runs.usage({ asOf, where: 'status:success model:gpt-*' })
      assert.equal(bill?.runs, 1)
      for (const where of ['-user:acme', 'context.plan:pro', 'slow', '-error:x', 'run:a'])
        await assertRefused('period-pruned', async () => store.runs.usage({ asOf, where }))
    },
  },
  {
    title: 'filters: a run that is named twice, far apart, counts once',
    check: async ({ store }) => {
      const ids = Array.from({ length: 130 }, (_, at) => `run-${at}`)
      await store.append(ids.map((runId, at) => runEvent({ runId, at: testTime + at })))
      const where = `run:${[...ids, ...ids].join(',')}`
      assert.equal((await store.runs.usage({ where }))[0]?.runs, 130)
      const listed = await allPages(cursor => store.runs.list({ where, limit: 50, ...after(cursor) }))
      assert.equal(new Set(listed.map(({ runId }) => runId)).size, 130)
      assert.equal(listed.length, 130)
    },
  },
]
