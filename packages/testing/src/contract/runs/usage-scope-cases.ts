import assert from 'node:assert/strict'
import type { MetricValue, RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { Store, UsageRow } from '@runtape/core/store'
import { runEvent, testTime } from '../../records.ts'
import { assertReceipt, type StoreContractCase } from '../case.ts'
import { call, tokens } from './runs.ts'

interface Part {
  readonly metric: 'tokens' | `call:${string}`
  readonly value: MetricValue
  readonly scope?: string
  readonly nanoUsd?: number
}

/** A run of these parts, in recorded order. */
function runOf(parts: readonly Part[], fields: Parameters<typeof runEvent>[0] = {}): RunEvent[] {
  const runId = newRunId()
  return parts.map(({ metric, value, scope, nanoUsd }, index) => {
    const cost = nanoUsd === undefined ? undefined : { nanoUsd, priceList: 'test@1' }
    return runEvent({ ...fields, runId, metric, value, scope, cost, at: testTime + index })
  })
}

const callOf = (id: number, used: number, more: Partial<Part> & { model?: string } = {}): Part => {
  const { model, ...rest } = more
  return { metric: `call:${id}`, value: { ...call(used, 0), ...(model && { model }) }, ...rest }
}

const tokensOf = (used: number, more: Partial<Part> = {}): Part => ({
  metric: 'tokens',
  value: tokens(used, 0),
  ...more,
})

/** Resumed after a crash: one call of the crashed process, two of the process that continued, and their sum. */
const resumed = [
  callOf(1, 1, { scope: 'a', nanoUsd: 10 }),
  callOf(2, 20, { scope: 'b', nanoUsd: 200 }),
  callOf(3, 300, { scope: 'b', nanoUsd: 3000 }),
  tokensOf(320, { scope: 'b', nanoUsd: 7 }),
]

const usedOf = ({ tokens: used, cost }: UsageRow) => [used?.input, cost?.nanoUsd, cost?.unpricedRuns]
const billOf = async (store: Store) => (await store.runs.usage()).flatMap(usedOf)
const byModel = async (store: Store) =>
  (await store.runs.usage({ groupBy: ['model'] })).map(row => [row.group.model, row.runs, ...usedOf(row)])

/** Every order of these. */
const permutations = <T>(all: readonly T[]): T[][] =>
  all.length < 2
    ? [[...all]]
    : all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map(rest => [one, ...rest]))

/** Appends the runs and returns the bill. */
const billed = (title: string, runs: readonly Part[][], expected: readonly unknown[]): StoreContractCase => ({
  title: `usage: ${title}`,
  check: async ({ store }) => {
    await store.append(runs.flatMap(run => runOf(run)))
    assert.deepEqual(await billOf(store), expected)
  },
})

const bookedByModel = (
  title: string,
  runs: readonly Part[][],
  expected: readonly unknown[][],
): StoreContractCase => ({
  title: `usage: grouped by model, ${title}`,
  check: async ({ store }) => {
    await store.append(runs.flatMap(run => runOf(run)))
    assert.deepEqual(await byModel(store), expected)
  },
})

export const usageScopeCases: readonly StoreContractCase[] = [
  {
    title: 'append: the scope of an event is kept; the event with another scope is a duplicate',
    check: async ({ store }) => {
      const [own] = runOf([tokensOf(5, { scope: 'a' })]) as [RunEvent]
      assertReceipt(await store.append([own]), [1, 0, 0])
      const { scope: _, ...bare } = own
      assertReceipt(await store.append([{ ...own, scope: 'b' }, bare]), [0, 2, 0])
      assert.deepEqual((await store.runs.get(own.runId))?.events, [own])
    },
  },
  billed(
    'tokens replace the calls of their scope; calls of another scope are added',
    [resumed],
    [321, 3210, 0],
  ),
  {
    title: 'usage: the arrival order of events from two scopes does not change the bill',
    check: async ({ store }) => {
      const orders = permutations(resumed)
      for (const order of orders) await store.append(runOf(order))
      assert.deepEqual(await billOf(store), [321 * orders.length, 3210 * orders.length, 0])
    },
  },
  billed(
    'tokens without a scope replace all calls; calls without a scope add to scoped tokens',
    [
      [callOf(1, 1, { scope: 'a' }), callOf(2, 2), tokensOf(50)],
      [callOf(1, 100), callOf(2, 200, { scope: 'b' }), tokensOf(4000, { scope: 'b' })],
    ],
    [4150, undefined, undefined],
  ),
  billed(
    'tokens without calls add their own cost to calls of another scope',
    [[callOf(1, 1, { scope: 'a', nanoUsd: 10 }), tokensOf(20, { scope: 'b', nanoUsd: 5000 })]],
    [21, 5010, 0],
  ),
  billed(
    'a run counts as unpriced if its tokens, or an added call, have no price',
    [
      [callOf(1, 1, { scope: 'a', nanoUsd: 10 }), tokensOf(20, { scope: 'b' })],
      [callOf(1, 1, { scope: 'a' }), callOf(2, 20, { scope: 'b', nanoUsd: 3 }), tokensOf(20, { scope: 'b' })],
      [tokensOf(300, { nanoUsd: 7 })],
    ],
    [342, 7, 2],
  ),
  billed(
    'a call without usage adds nothing to tokens of another scope',
    [
      [
        { metric: 'call:1', value: { status: 'error', durationMs: 3 }, scope: 'a' },
        tokensOf(20, { scope: 'b' }),
      ],
    ],
    [20, undefined, undefined],
  ),
  {
    title: 'usage: tokens of a replay do not replace the calls of the run',
    check: async ({ store }) => {
      const [before, own] = runOf([callOf(1, 1, { scope: 'a' }), tokensOf(20, { scope: 'a' })]) as [
        RunEvent,
        RunEvent,
      ]
      const replay = { testRunId: 't', traceId: 'a'.repeat(32) }
      await store.append([before, { ...own, replay }])
      assert.deepEqual((await billOf(store))[0], 1)
    },
  },
  bookedByModel(
    'a run counts under the model of its calls',
    [
      [callOf(1, 1, { model: 'small', nanoUsd: 10 }), tokensOf(1)],
      [callOf(1, 20, { nanoUsd: 200 })],
      [tokensOf(300, { nanoUsd: 3000 })],
      [{ metric: 'call:1', value: { status: 'error', durationMs: 3, model: 'failed' } }],
    ],
    [
      ['failed', 1, undefined, undefined, undefined],
      ['small', 1, 1, 10, 0],
      ['test-model', 2, 320, 3200, 0],
    ],
  ),
  bookedByModel(
    'a run of two models is split by call, and counted once',
    [
      [
        { metric: 'call:0', value: { status: 'error', durationMs: 3, model: 'large' } },
        callOf(1, 1, { model: 'small', scope: 'a', nanoUsd: 10 }),
        callOf(2, 20, { model: 'large', scope: 'a', nanoUsd: 200 }),
        callOf(3, 300, { model: 'small', scope: 'a', nanoUsd: 3000 }),
        callOf(4, 4000, { scope: 'a', nanoUsd: 4 }),
        tokensOf(4321, { scope: 'a', nanoUsd: 7 }),
      ],
    ],
    [
      ['large', 0, 20, 200, 0],
      ['small', 1, 301, 3010, 0],
      ['test-model', 0, 4000, 4, 0],
    ],
  ),
  bookedByModel(
    'a run of two models is counted under the model of its config if that is one of them',
    [
      [callOf(1, 1, { model: 'small', nanoUsd: 10 }), callOf(2, 20, { model: 'test-model', nanoUsd: 200 })],
      [
        callOf(1, 300, { model: 'test-model', nanoUsd: 3000 }),
        callOf(2, 4000, { model: 'small', nanoUsd: 40_000 }),
      ],
    ],
    [
      ['small', 0, 4001, 40_010, 0],
      ['test-model', 2, 320, 3200, 0],
    ],
  ),
  bookedByModel(
    'tokens that differ from the sum of their calls count under the model of the run',
    [
      [
        callOf(1, 1, { model: 'small', scope: 'a', nanoUsd: 10 }),
        callOf(2, 20, { model: 'small', scope: 'b', nanoUsd: 200 }),
        callOf(3, 300, { model: 'large', scope: 'b', nanoUsd: 3000 }),
        tokensOf(500, { scope: 'b', nanoUsd: 7 }),
      ],
      [
        callOf(1, 1000, { model: 'large', scope: 'a', nanoUsd: 5 }),
        tokensOf(7000, { scope: 'b', nanoUsd: 40_000 }),
      ],
    ],
    [
      ['large', 1, 8000, 40_005, 0],
      ['small', 1, 501, 3210, 0],
    ],
  ),
  bookedByModel(
    'a partly priced run adds no cost, and counts as unpriced once',
    [
      [callOf(1, 1, { model: 'small', nanoUsd: 10 }), callOf(2, 20, { model: 'large' })],
      [callOf(1, 300, { model: 'small', nanoUsd: 3 })],
      [callOf(1, 4000, { model: 'large', nanoUsd: 4 })],
    ],
    [
      ['large', 1, 4020, 4, 0],
      ['small', 2, 301, 3, 1],
    ],
  ),
  {
    title: 'usage: rows grouped by model and more are sorted and add up',
    check: async ({ store }) => {
      const two = [callOf(1, 1, { model: 'z', nanoUsd: 10 }), callOf(2, 20, { model: 'a', nanoUsd: 200 })]
      await store.append([
        ...runOf(two, { configKey: 'b' }),
        ...runOf(two, { configKey: 'a' }),
        ...runOf([callOf(1, 300, { model: 'z', nanoUsd: 3000 })], { configKey: 'a' }),
      ])
      const rows = await store.runs.usage({ groupBy: ['config', 'model'] })
      assert.deepEqual(
        rows.map(row => [row.group.config, row.group.model, row.runs, row.unfinished, ...usedOf(row)]),
        [
          ['a', 'a', 0, 0, 20, 200, 0],
          ['a', 'z', 2, 2, 301, 3010, 0],
          ['b', 'a', 0, 0, 20, 200, 0],
          ['b', 'z', 1, 1, 1, 10, 0],
        ],
      )
      const some = await store.runs.usage({ groupBy: ['model'], configKey: 'b' })
      assert.deepEqual(some.flatMap(usedOf), [20, 200, 0, 1, 10, 0])
    },
  },
]
