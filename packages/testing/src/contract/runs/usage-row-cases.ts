import assert from 'node:assert/strict'
import type { RunFilter, Store, UsageQuery } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import type { StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from './runs.ts'

const minute = 60_000
const traceId = 'c'.repeat(32)

const priced = (total: number, nanoUsd: number, fields: Parameters<typeof runEvent>[0]) =>
  runWith({ tokens: tokens(total, 0) }, { ...fields, cost: { nanoUsd, priceList: 'test@1' } })

/** One run passes each of these filters, the other does not. */
const filters: readonly RunFilter[] = [
  { configKey: 'b' },
  { variationKey: 'warm' },
  { version: 2 },
  { model: 'm2' },
  { provider: 'p2' },
  { contextKind: 'org' },
  { contextKey: 'acme' },
  { traceId },
  { outcome: 'unfinished' },
  { feedback: 'negative' },
  { minDurationMs: 50, maxDurationMs: 60 },
  { minTokens: 100 },
  { minNanoUsd: 7, maxNanoUsd: 7 },
  { since: testTime + 1 },
]

const wanted = {
  runId: 'wanted',
  at: testTime + minute,
  configKey: 'b',
  variationKey: 'warm',
  version: 2,
  modelName: 'm2',
  providerName: 'p2',
  context: { kind: 'org', key: 'acme' },
  traceId,
}

const twoRuns = [
  runEvent({ ...wanted, metric: 'tokens', value: tokens(90, 10), cost: { nanoUsd: 7, priceList: 'test@1' } }),
  runEvent({ ...wanted, metric: 'duration', value: 55 }),
  runEvent({ ...wanted, metric: 'feedback', value: { kind: 'negative' } }),
  ...runWith({
    outcome: { status: 'success' },
    duration: 5,
    tokens: tokens(1, 1),
    feedback: { kind: 'positive' },
  }),
]

async function rowsOf(store: Store, query: UsageQuery) {
  const rows = await store.runs.usage({ groupBy: ['config'], ...query })
  return rows.map(({ group, rest, runs, tokens, cost }) => [
    group.config ?? `${rest} others`,
    runs,
    tokens?.total,
    cost?.nanoUsd,
  ])
}

/** Three runs of `a`, two of `b`, one of `c` and one of `d`. `c` costs most, and `b` has no usage. */
const fourConfigs = [
  ...[1, 2, 3].flatMap(total => priced(total, total, { configKey: 'a' })),
  ...[1, 2].flatMap(duration => runWith({ duration }, { configKey: 'b' })),
  ...priced(4, 900, { configKey: 'c' }),
  ...priced(50, 40, { configKey: 'd' }),
]

export const usageRowCases: readonly StoreContractCase[] = [
  {
    title: 'usage: takes every filter of runs.list, and counts the same runs',
    check: async ({ store }) => {
      await store.append(twoRuns)
      for (const filter of filters) {
        const listed = (await store.runs.list(filter)).items.map(({ runId }) => runId)
        assert.deepEqual(listed, ['wanted'], JSON.stringify(filter))
        const [row] = await store.runs.usage(filter)
        assert.deepEqual([row?.runs, row?.tokens?.total], [1, 100], JSON.stringify(filter))
      }
      const { since: until = testTime, ...all } = Object.assign({}, ...filters) as RunFilter
      assert.equal((await store.runs.usage(all))[0]?.runs, 1)
      assert.equal((await store.runs.usage({ ...all, until }))[0]?.runs, 0)
      assert.equal((await store.runs.usage({ ...all, feedback: 'none' }))[0]?.runs, 0)
    },
  },
  {
    title: 'usage: a filter by trace finds the runs of its spans, and not its replays',
    check: async ({ store }) => {
      const run = runWith({ duration: 1 })
      const replay = { testRunId: 't1', traceId }
      await store.append([
        ...run,
        span({ traceId, runId: run[0]?.runId }),
        ...runWith({ duration: 1 }, { replay }),
        ...runWith({ duration: 1 }),
      ])
      assert.equal((await store.runs.usage({ traceId }))[0]?.runs, 1)
      assert.equal((await store.runs.usage({ traceId: 'd'.repeat(32) }))[0]?.runs, 0)
    },
  },
  {
    title: 'usage: filters also apply as of a revision',
    check: async ({ store }) => {
      await store.append(twoRuns)
      const asOf = await store.revision()
      const later = { ...wanted, metric: 'outcome', value: { status: 'success' } } as const
      await store.append([runEvent(later)])
      const counted = async (query: UsageQuery) => (await store.runs.usage(query))[0]?.runs
      assert.equal(await counted({ outcome: 'unfinished' }), 0)
      assert.equal(await counted({ outcome: 'unfinished', traceId }), 0)
      assert.equal(await counted({ outcome: 'unfinished', asOf }), 1)
      assert.equal(await counted({ outcome: 'unfinished', asOf, traceId }), 1)
      assert.equal(await counted({ outcome: 'success', asOf }), 1)
    },
  },
  {
    title: 'usage: rows are sorted by runs, cost or tokens, highest first and unknown last',
    check: async ({ store }) => {
      await store.append(fourConfigs)
      const order = async (orderBy: UsageQuery['orderBy']) =>
        (await rowsOf(store, { ...(orderBy && { orderBy }) })).map(([config]) => config).join('')
      assert.equal(await order('runs'), 'abcd')
      assert.equal(await order('cost'), 'cdab')
      assert.equal(await order('tokens'), 'dacb')
      assert.equal(await order('group'), 'abcd')
      assert.equal(await order(undefined), 'abcd')
    },
  },
  {
    title: 'usage: groups beyond the limit are one extra row, and the totals are the same',
    check: async ({ store }) => {
      await store.append(fourConfigs)
      assert.deepEqual(await rowsOf(store, { orderBy: 'cost', limit: 2 }), [
        ['c', 1, 4, 900],
        ['d', 1, 50, 40],
        ['2 others', 5, 6, 6],
      ])
      assert.deepEqual(await rowsOf(store, { orderBy: 'tokens', limit: 3 }), [
        ['d', 1, 50, 40],
        ['a', 3, 6, 6],
        ['c', 1, 4, 900],
        ['1 others', 2, undefined, undefined],
      ])
      assert.equal((await rowsOf(store, { limit: 4 })).length, 4)
      assert.deepEqual((await store.runs.usage({ limit: 1 }))[0]?.runs, 7)
    },
  },
  {
    title: 'usage: percentiles of the groups beyond the limit are exact',
    check: async ({ store }) => {
      const durations = [9, 3, 7, 1, 5]
      await store.append([
        ...runWith({ duration: 100 }, { configKey: 'a' }),
        ...durations.flatMap((duration, index) => runWith({ duration }, { configKey: `b${index}` })),
      ])
      const [first, rest] = await store.runs.usage({ groupBy: ['config'], limit: 1 })
      assert.deepEqual(first?.durationMs, { count: 1, mean: 100, p50: 100, p95: 100 })
      assert.deepEqual(rest, {
        ...(await store.runs.usage({ groupBy: ['config'], maxDurationMs: 9, limit: 1 }))[1],
        group: {},
        rest: 5,
        runs: 5,
        unfinished: 5,
        durationMs: { count: 5, mean: 5, p50: 5, p95: 9 },
      })
    },
  },
  {
    title: 'usage: a run with several models beyond the limit counts once',
    check: async ({ store }) => {
      const of = (model: string, input: number) => ({ ...call(input, 0), model })
      await store.append(runWith({ 'call:1': of('m1', 1), 'call:2': of('m2', 2), 'call:3': of('m3', 3) }))
      const rows = await store.runs.usage({ groupBy: ['model'], orderBy: 'tokens', limit: 1 })
      assert.deepEqual(
        rows.map(({ group, rest, runs, tokens }) => [group.model, rest, runs, tokens?.total]),
        [
          ['m3', undefined, 0, 3],
          [undefined, 2, 1, 3],
        ],
      )
    },
  },
  {
    title: 'usage: buckets of any width start at local midnight or on Monday, across clock changes',
    check: async ({ store }) => {
      const times = [
        '2026-01-31T09:14:59Z',
        '2026-01-31T09:15:00Z',
        '2026-10-25T00:30:00Z',
        '2026-10-25T01:30:00Z',
      ]
      await store.append(times.flatMap(time => runWith({ duration: 1 }, { at: Date.parse(time) })))
      const buckets = async (bucketMs: number, timeZone?: string) => {
        const query = { groupBy: ['bucket'], bucketMs, ...(timeZone && { timeZone }) } as const
        return (await store.runs.usage(query)).map(({ group, runs }) => `${group.bucket} ${runs}`)
      }
      assert.deepEqual(await buckets(15 * minute), [
        '2026-01-31T09:00 1',
        '2026-01-31T09:15 1',
        '2026-10-25T00:30 1',
        '2026-10-25T01:30 1',
      ])
      assert.deepEqual(await buckets(30 * minute, 'Europe/Berlin'), [
        '2026-01-31T10:00+01:00 2',
        '2026-10-25T02:30+02:00 1',
        '2026-10-25T02:30+01:00 1',
      ])
      assert.deepEqual(await buckets(6 * 60 * minute, 'Europe/Berlin'), [
        '2026-01-31T06:00+01:00 2',
        '2026-10-25T00:00+02:00 2',
      ])
      assert.deepEqual(await buckets(7 * 24 * 60 * minute, 'Asia/Kathmandu'), [
        '2026-01-26T00:00+05:45 2',
        '2026-10-19T00:00+05:45 2',
      ])
      assert.deepEqual((await buckets(90_500))[0], '2026-01-31T09:14:03.500 2')
    },
  },
]
