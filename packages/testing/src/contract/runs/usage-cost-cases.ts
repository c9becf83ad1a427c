import assert from 'node:assert/strict'
import type { RunEvent } from '@runtape/core'
import type { Store, UsageDimension } from '@runtape/core/store'
import { type runEvent, testTime } from '../../records.ts'
import { assertReceipt, assertRefused, type StoreContractCase } from '../case.ts'
import { call, runWith, tokens } from './runs.ts'

/** The events with their costs in billionths of a dollar; one without a cost is unpriced. */
function priced(events: readonly RunEvent[], costs: readonly (number | undefined)[]): RunEvent[] {
  return events.map((event, index) => {
    const nanoUsd = costs[index]
    return nanoUsd === undefined ? event : { ...event, cost: { nanoUsd, priceList: 'test@1' } }
  })
}

/** A run with one count of tokens. */
const runOf = (nanoUsd: number | undefined, fields: Parameters<typeof runEvent>[0] = {}): RunEvent[] =>
  priced(runWith({ tokens: tokens(10, 5) }, fields), [nanoUsd])

const costOf = async (store: Store) => (await store.runs.usage())[0]?.cost

export const usageCostCases: readonly StoreContractCase[] = [
  {
    title: 'append: the cost of an event is kept; the event with another cost is a duplicate',
    check: async ({ store }) => {
      const [own, free] = [runOf(1_234_567_890_123), runOf(0)].flat() as [RunEvent, RunEvent]
      assertReceipt(await store.append([own, free]), [2, 0, 0])
      const later = { ...own, cost: { nanoUsd: 1, priceList: 'test@2' } }
      const { cost: _, ...unpriced } = own
      assertReceipt(await store.append([later, unpriced]), [0, 2, 0])
      assert.deepEqual((await store.runs.get(own.runId))?.events, [own])
      assert.deepEqual((await store.runs.get(free.runId))?.events, [free])
    },
  },
  {
    title: 'usage: cost is the sum over all runs',
    check: async ({ store }) => {
      await store.append([...runOf(3), ...runOf(5), ...runWith({ duration: 5 })])
      assert.deepEqual(await costOf(store), { nanoUsd: 8, unpricedRuns: 0 })
    },
  },
  {
    title: 'usage: the cost of a run is the sum of its calls with usage, or else the cost of its tokens',
    check: async ({ store }) => {
      const failed = { status: 'error', durationMs: 3 } as const
      const counted = tokens(30, 3)
      await store.append([
        ...priced(runWith({ 'call:1': call(10, 1), 'call:2': call(20, 2), tokens: counted }), [100, 20, 9]),
        ...priced(runWith({ 'call:1': failed, 'call:2': call(20, 2) }), [undefined, 3]),
        ...priced(runWith({ 'call:1': failed, tokens: counted }), [undefined, 4000]),
      ])
      assert.deepEqual(await costOf(store), { nanoUsd: 4123, unpricedRuns: 0 })
    },
  },
  {
    title: 'usage: a run with an unpriced part counts as unpriced and adds no cost',
    check: async ({ store }) => {
      const calls = { 'call:1': call(10, 1), 'call:2': call(20, 2), tokens: tokens(30, 3) }
      await store.append([
        ...runOf(7),
        ...runOf(undefined),
        ...priced(runWith(calls), [100, undefined, 900]),
        ...priced(runWith(calls), [undefined, undefined, 900]),
      ])
      assert.deepEqual(await costOf(store), { nanoUsd: 7, unpricedRuns: 3 })
    },
  },
  {
    title: 'usage: cost is absent if no run is priced, and zero if all are free',
    check: async ({ store }) => {
      await store.append([
        ...runOf(undefined, { configKey: 'unpriced' }),
        ...runWith({ duration: 5, outcome: { status: 'error' } }, { configKey: 'no usage' }),
        ...runOf(0, { configKey: 'free' }),
      ])
      const rows = await store.runs.usage({ groupBy: ['config'] })
      assert.deepEqual(
        rows.map(row => [row.group.config, row.cost]),
        [
          ['free', { nanoUsd: 0, unpricedRuns: 0 }],
          ['no usage', undefined],
          ['unpriced', undefined],
        ],
      )
      assert.ok(rows.every(row => row.group.config === 'free' || !('cost' in row)))
    },
  },
  {
    title: 'usage: with any grouping the row costs add up to the cost of all records',
    check: async ({ store }) => {
      const runs = Array.from({ length: 240 }, (_, index) => someRun(index))
      await store.append(runs.flat())
      const costs = runs.flat().map(event => BigInt(event.cost?.nanoUsd ?? 0))
      const total = costs.reduce((sum, cost) => sum + cost, 0n)
      const groupings: UsageDimension[][] = [
        ...[['hour'], ['day'], ['month'], ['config'], ['variation'], ['version'], ['model'], ['provider']],
        ...[['contextKind'], ['contextKey'], ['day', 'config'], ['model', 'version', 'hour']],
      ] as UsageDimension[][]
      for (const groupBy of groupings) {
        const rows = await store.runs.usage({ groupBy })
        const sum = rows.reduce((all, row) => all + BigInt(row.cost?.nanoUsd ?? 0), 0n)
        assert.equal(sum, total, `grouped by ${groupBy.join(', ')}`)
      }
    },
  },
  {
    title: 'usage: a sum is exact up to 2^53 - 1, and refused above',
    check: async ({ store }) => {
      await store.append([...runOf(Number.MAX_SAFE_INTEGER - 1), ...runOf(1)])
      assert.deepEqual(await costOf(store), { nanoUsd: Number.MAX_SAFE_INTEGER, unpricedRuns: 0 })
      await store.append(runOf(2, { configKey: 'other' }))
      await assertRefused('sum-too-large', () => store.runs.usage())
      const [, other] = [...(await store.runs.usage({ groupBy: ['config'] }))].sort(bySize)
      assert.equal(other?.cost?.nanoUsd, 2)
    },
  },
  {
    title: 'usage: token sums above 2^53 - 1 are refused too',
    check: async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER
      const run = () => runWith({ tokens: { input: most, output: 0, total: most } })
      await store.append(run())
      assert.equal((await store.runs.usage())[0]?.tokens?.input, most)
      await store.append([...run(), ...run()])
      await assertRefused('sum-too-large', () => store.runs.usage())
      await store.append(Array.from({ length: 1030 }, run).flat())
      await assertRefused('sum-too-large', () => store.runs.usage())
    },
  },
]

const bySize = (a: { cost?: { nanoUsd: number } }, b: { cost?: { nanoUsd: number } }): number =>
  (b.cost?.nanoUsd ?? 0) - (a.cost?.nanoUsd ?? 0)

/** One of many different runs; every seventh has no price. */
function someRun(index: number): RunEvent[] {
  const fields = {
    at: testTime + index * 5_400_000,
    configKey: `config-${index % 5}`,
    variationKey: `variation-${index % 3}`,
    version: index % 4,
    modelName: index % 6 === 0 ? '' : `model-${index % 2}`,
    providerName: `provider-${index % 3}`,
    context: index % 8 === 0 ? undefined : { kind: 'user', key: `user-${index % 11}` },
  }
  // Of all sizes: a sum of floating-point dollars would lose the small ones.
  const nanoUsd = index % 7 === 0 ? undefined : 1 + (index % 13) * 10 ** (index % 13)
  if (index % 2 === 0) return runOf(nanoUsd, fields)
  return priced(runWith({ duration: 5, 'call:1': call(1, 1), 'call:2': call(2, 2) }, fields), [
    undefined,
    nanoUsd,
    nanoUsd,
  ])
}
