import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import type { UsageDimension, UsageRow } from '@runtape/core/store'
import { testTime } from '../../records.ts'
import { assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from './runs.ts'

const hour = 3_600_000

/** Outcomes of the runs of a row; absent ones are 0. */
const outcomes = (
  counts: Partial<Pick<UsageRow, 'succeeded' | 'failed' | 'cancelled' | 'unfinished'>> = {},
) => ({
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  unfinished: 0,
  unknownUsageRuns: 0,
  ...counts,
})

export const usageCases: readonly StoreContractCase[] = [
  {
    title: 'usage: an empty store has one row of zeros, or no rows if grouped',
    check: async ({ store }) => {
      const zeros = { group: {}, runs: 0, ...outcomes(), positive: 0, negative: 0 }
      assert.deepEqual(await store.runs.usage(), [zeros])
      assert.deepEqual(await store.runs.usage({ groupBy: ['config'] }), [])
    },
  },
  {
    title: 'usage: counts runs, outcomes and feedback, and sums tokens',
    check: async ({ store }) => {
      await store.append([
        ...runWith({ outcome: { status: 'success' }, tokens: tokens(10, 5), feedback: { kind: 'positive' } }),
        ...runWith({ outcome: { status: 'error' }, feedback: { kind: 'negative' } }),
        ...runWith({ outcome: { status: 'success' }, tokens: tokens(1, 2), feedback: { kind: 'negative' } }),
        ...runWith({ 'tool-call:1': { name: 'lookup' } }),
      ])
      assert.deepEqual(await store.runs.usage(), [
        {
          group: {},
          runs: 4,
          ...outcomes({ succeeded: 2, failed: 1, unfinished: 1 }),
          positive: 1,
          negative: 2,
          tokens: tokens(11, 7),
        },
      ])
    },
  },
  {
    title: 'usage: every run counts as succeeded, failed, cancelled or unfinished',
    check: async ({ store }) => {
      await store.append([
        ...runWith({ outcome: { status: 'success' } }),
        ...runWith({ outcome: { status: 'cancelled' }, tokens: tokens(1, 1) }),
        ...runWith({ outcome: { status: 'cancelled' }, tokens: tokens(1, 1) }),
        ...runWith({ outcome: { status: 'error' } }),
        ...runWith({ duration: 5 }),
        ...runWith({ feedback: { kind: 'negative' } }),
      ])
      const [row] = await store.runs.usage()
      const { runs, succeeded, failed, cancelled, unfinished } = row ?? {}
      assert.deepEqual(
        { runs, succeeded, failed, cancelled, unfinished },
        {
          runs: 6,
          succeeded: 1,
          failed: 1,
          cancelled: 2,
          unfinished: 2,
        },
      )
      assert.equal((await store.runs.list({ outcome: 'cancelled' })).items.length, 2)
    },
  },
  {
    title: 'usage: runs with unknown token usage are counted',
    check: async ({ store }) => {
      const unknown = [
        runWith({ outcome: { status: 'cancelled' }, 'call:1': { status: 'cancelled', durationMs: 3 } }),
        runWith({ outcome: { status: 'success' }, 'call:1': { status: 'success', durationMs: 3 } }),
        runWith({
          'call:1': call(10, 1),
          'call:2': { status: 'cancelled', durationMs: 3 },
          tokens: tokens(10, 1),
        }),
        runWith({ outcome: { status: 'cancelled' } }),
      ]
      const known = [
        runWith({ outcome: { status: 'cancelled' }, 'call:1': { ...call(10, 1), status: 'cancelled' } }),
        runWith({ outcome: { status: 'cancelled' }, tokens: tokens(10, 1) }),
        runWith({ outcome: { status: 'error' }, 'call:1': { status: 'error', durationMs: 3 } }),
        runWith({ outcome: { status: 'success' } }),
        runWith({ outcome: { status: 'success' }, 'call:1': call(10, 1) }),
      ]
      await store.append([...unknown, ...known].flat())
      assert.equal((await store.runs.usage())[0]?.unknownUsageRuns, unknown.length)
    },
  },
  {
    title: 'usage: a run counts its tokens slot, or else the sum of its calls',
    check: async ({ store }) => {
      await store.append([
        ...runWith({ 'call:1': call(10, 1), 'call:2': call(20, 2), tokens: tokens(30, 3) }),
        ...runWith({ 'call:1': call(100, 10), 'call:2': call(200, 20) }),
        ...runWith({ 'call:1': { status: 'error', durationMs: 3 }, 'call:2': call(1000, 100) }),
      ])
      assert.deepEqual((await store.runs.usage())[0]?.tokens, tokens(1330, 133))
    },
  },
  {
    title: 'usage: tokens are absent if unknown for every run',
    check: async ({ store }) => {
      await store.append(runWith({ duration: 5, 'call:1': { status: 'error', durationMs: 3 } }))
      const [row] = await store.runs.usage()
      assert.equal(row?.runs, 1)
      assert.equal('tokens' in (row ?? {}), false)
    },
  },
  {
    title: 'usage: a subset of tokens is summed over the runs that know it, or absent',
    check: async ({ store }) => {
      await store.append([
        ...runWith({ tokens: { ...tokens(10, 5), cachedInput: 4 } }),
        ...runWith({ tokens: { ...tokens(10, 5), cachedInput: 0 } }),
        ...runWith({ tokens: tokens(10, 5) }),
        ...runWith({
          'call:1': { ...call(1, 1), usage: { ...tokens(1, 1), cacheWrite: 1 } },
          'call:2': call(1, 1),
        }),
      ])
      assert.deepEqual((await store.runs.usage())[0]?.tokens, {
        input: 32,
        output: 17,
        total: 49,
        cachedInput: 4,
        cacheWrite: 1,
      })
    },
  },
  {
    title: 'usage: percentiles use the nearest rank',
    check: async ({ store }) => {
      const shuffled = Array.from({ length: 21 }, (_, index) => ((index * 8) % 21) + 1)
      await store.append(shuffled.flatMap(value => runWith({ duration: value })))
      await store.append(runWith({ duration: 2.5 }))
      const first20 = shuffled.filter(value => value <= 20)
      await store.append(first20.flatMap(value => runWith({ 'time-to-first-token': value })))
      const [row] = await store.runs.usage()
      // 22 durations, 1 to 21 and 2.5: the 11th is 10, the 21st is 20.
      assert.deepEqual(row?.durationMs, { count: 22, mean: 233.5 / 22, p50: 10, p95: 20 })
      assert.deepEqual(row?.timeToFirstTokenMs, { count: 20, mean: 10.5, p50: 10, p95: 19 })
    },
  },
  {
    title: 'usage: percentiles are computed for each group',
    check: async ({ store }) => {
      await store.append([
        ...[1, 2, 3].flatMap(value => runWith({ duration: value }, { configKey: 'a' })),
        ...[100, 200].flatMap(value => runWith({ duration: value }, { configKey: 'b' })),
        ...runWith({ outcome: { status: 'success' } }, { configKey: 'c' }),
      ])
      const rows = await store.runs.usage({ groupBy: ['config'] })
      assert.deepEqual(
        rows.map(row => row.durationMs),
        [{ count: 3, mean: 2, p50: 2, p95: 3 }, { count: 2, mean: 150, p50: 100, p95: 200 }, undefined],
      )
    },
  },
  {
    title: 'usage: groups by each dimension, with times in UTC',
    check: async ({ store }) => {
      const at = Date.UTC(2026, 0, 31, 23, 59, 59, 999)
      const context = { kind: 'org', key: 'acme:1', plan: 'pro' }
      await store.append(runWith({ duration: 1 }, { at, context, variationKey: 'warm', version: 12 }))
      const expected: Record<Exclude<UsageDimension, 'bucket'>, string> = {
        hour: '2026-01-31T23',
        day: '2026-01-31',
        month: '2026-01',
        config: 'support-answer',
        variation: 'warm',
        version: '12',
        model: 'test-model',
        provider: 'test-provider',
        contextKind: 'org',
        contextKey: 'acme:1',
      }
      for (const [dimension, value] of Object.entries(expected)) {
        const rows = await store.runs.usage({ groupBy: [dimension as UsageDimension] })
        assert.deepEqual(
          rows.map(row => row.group),
          [{ [dimension]: value }],
        )
      }
      const all = Object.keys(expected) as UsageDimension[]
      assert.deepEqual((await store.runs.usage({ groupBy: all }))[0]?.group, expected)
    },
  },
  {
    title: 'usage: rows are sorted by group, versions as numbers',
    check: async ({ store }) => {
      const runs = [
        ['b', 2],
        ['a', 10],
        ['a', 2],
        ['B', 1],
      ] as const
      await store.append(
        runs.flatMap(([configKey, version]) => runWith({ duration: 1 }, { configKey, version })),
      )
      const rows = await store.runs.usage({ groupBy: ['config', 'version'] })
      assert.deepEqual(
        rows.map(row => [row.group.config, row.group.version]),
        [
          ['B', '1'],
          ['a', '2'],
          ['a', '10'],
          ['b', '2'],
        ],
      )
    },
  },
  {
    title: 'usage: a run belongs to the time of its first event',
    check: async ({ store }) => {
      const [first, second] = runWith({ duration: 1, outcome: { status: 'success' } }) as [RunEvent, RunEvent]
      await store.append([{ ...second, at: testTime + 30 * 24 * hour }, first])
      const rows = await store.runs.usage({ groupBy: ['day'] })
      assert.deepEqual(
        rows.map(({ group, runs, succeeded }) => [group.day, runs, succeeded]),
        [['2026-01-01', 1, 1]],
      )
      assert.equal((await store.runs.usage({ since: testTime + 1 }))[0]?.runs, 0)
    },
  },
  {
    title: 'usage: since is included and until is not',
    check: async ({ store }) => {
      const runs = [0, 1, 2].flatMap(hours => runWith({ duration: hours }, { at: testTime + hours * hour }))
      await store.append(runs)
      const counted = async (query: { since?: number; until?: number }) =>
        (await store.runs.usage(query))[0]?.runs
      assert.equal(await counted({ since: testTime + hour }), 2)
      assert.equal(await counted({ until: testTime + hour }), 1)
      assert.equal(await counted({ since: testTime + hour, until: testTime + 2 * hour }), 1)
    },
  },
  {
    title: 'usage: configKey filters by config',
    check: async ({ store }) => {
      await store.append([...runWith({ duration: 1 }), ...runWith({ duration: 2 }, { configKey: 'other' })])
      const rows = await store.runs.usage({ configKey: 'other', groupBy: ['config'] })
      assert.deepEqual(
        rows.map(row => [row.group.config, row.runs]),
        [['other', 1]],
      )
    },
  },
  {
    title: 'usage: a resumed event without model or context adds no group and does not move its run',
    check: async ({ store }) => {
      const [resumed, known] = runWith({ feedback: { kind: 'positive' }, duration: 1 }) as [
        RunEvent,
        RunEvent,
      ]
      const { context: _, ...bare } = resumed
      await store.append([{ ...bare, modelName: '', providerName: '', at: testTime - 1 }, known])
      const groupBy = ['model', 'provider', 'contextKind', 'contextKey'] as const
      const rows = await store.runs.usage({ groupBy })
      assert.deepEqual(
        rows.map(({ group, runs, positive }) => ({ ...group, runs, positive })),
        [
          {
            model: 'test-model',
            provider: 'test-provider',
            contextKind: 'user',
            contextKey: 'user-1',
            runs: 1,
            positive: 1,
          },
        ],
      )
    },
  },
  {
    title: 'usage: unknown values are grouped under an empty name',
    check: async ({ store }) => {
      await store.append(runWith({ duration: 1 }, { modelName: '', context: undefined, variationKey: '' }))
      const groupBy = ['model', 'contextKey', 'variation'] as const
      assert.deepEqual((await store.runs.usage({ groupBy }))[0]?.group, {
        model: '',
        contextKey: '',
        variation: '',
      })
    },
  },
  {
    title: 'usage: an unknown dimension is refused',
    check: async ({ store }) => {
      const groupBy = ['weekday' as UsageDimension]
      await assertRefused('invalid-option', () => store.runs.usage({ groupBy }))
    },
  },
]
