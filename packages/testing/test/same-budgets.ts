import type { RunEvent } from '@runtape/core'
import type { Budget, BudgetState, Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import fc from 'fast-check'
import { expect } from 'vitest'

const minute = 60_000
const name = (kind: string) => fc.constantFrom(`${kind}-1`, `${kind}-2`, `${kind}-3`)
const amount = fc.integer({ min: 0, max: 100 })

// Half a minute away from the start of every window, so that the clock does not matter.
const run = fc.record({
  runId: name('run').chain(id => fc.nat(30).map(n => `${id}-${n}`)),
  agoMs: fc.nat(70).map(minutes => minutes * minute + minute / 2),
  configKey: name('config'),
  modelName: name('model'),
  callModel: fc.option(name('model'), { nil: undefined }),
  key: fc.option(name('user'), { nil: undefined }),
  kind: fc.constantFrom('user', 'org'),
  usage: fc.option(amount, { nil: undefined }),
  cost: fc.option(amount, { nil: undefined }),
  call: fc.nat(3),
})
type GivenRun = typeof run extends fc.Arbitrary<infer T> ? T : never

function eventOf(given: GivenRun, now: number): RunEvent {
  const { runId, agoMs, configKey, modelName, callModel, key, kind, usage, cost, call } = given
  const model = callModel === undefined ? {} : { model: callModel }
  const tokens = usage === undefined ? {} : { usage: { input: usage, output: 1, total: usage + 1 } }
  return runEvent({
    runId,
    metric: `call:${call}`,
    at: now - agoMs,
    configKey,
    modelName,
    value: { status: 'success', durationMs: 5, ...tokens, ...model },
    ...(key !== undefined && { context: { kind, key } }),
    ...(cost !== undefined && usage !== undefined && { cost: { nanoUsd: cost, priceList: 'test@1' } }),
  })
}

const budget: fc.Arbitrary<Budget> = fc.record({
  name: fc.nat(12).map(n => `budget-${n}`),
  measure: fc.constantFrom('nanoUsd', 'tokens', 'runs'),
  limit: fc.integer({ min: 1, max: 300 }),
  window: fc.constantFrom('10m', '30m', '1h', '2h'),
  where: fc.record(
    {
      contextKey: name('user'),
      contextKind: fc.constant('user'),
      configKey: name('config'),
      model: name('model'),
    },
    { requiredKeys: [] },
  ),
  warnAt: fc.constantFrom([], [0.5, 0.8]),
})

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ runs: fc.array(run, { maxLength: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ budgets: fc.array(budget, { maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ erase: name('user') }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function take(store: Store, each: Step, now: number) {
  if ('runs' in each) await store.append(each.runs.map(given => eventOf(given, now)))
  else if ('budgets' in each) for (const one of each.budgets) await store.budgets.put(one)
  else await store.erase({ context: { kind: 'user', key: each.erase } })
}

const withoutTimes = (states: readonly BudgetState[]) =>
  states.map(({ since: _, ...state }) => ({ ...state, at: undefined }))

/** Random work leads to the same states and crossings as in the memory store, and to those of `usage`. */
export async function assertSameBudgets(
  open: () => Promise<{ readonly store: Store; dispose?(): Promise<void> }>,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
    const subject = await open()
    await assertSameSteps(subject.store, memoryStore(), steps)
    await subject.store.close()
    await subject.dispose?.()
  })
  await fc.assert(property, { numRuns })
}

async function assertSameSteps(tested: Store, memory: Store, steps: readonly Step[]): Promise<void> {
  const now = Math.floor(Date.now() / 1000) * 1000
  for (const each of steps) {
    for (const store of [tested, memory]) await take(store, each, now)
    const states = await tested.budgets.state()
    expect(withoutTimes(states)).toEqual(withoutTimes(await memory.budgets.state()))
    for (const state of states) await assertUseOfUsage(tested, state)
    expect(withoutTimes(await tested.budgets.check())).toEqual(withoutTimes(await memory.budgets.check()))
  }
  expect(withoutTimes(await tested.budgets.crossings())).toEqual(
    withoutTimes(await memory.budgets.crossings()),
  )
}

async function assertUseOfUsage(store: Store, { budget: { where, measure }, since, used }: BudgetState) {
  const [row] = await store.runs.usage({ ...where, since })
  const known = { nanoUsd: row?.cost?.nanoUsd, tokens: row?.tokens?.total, runs: row?.runs }
  expect(used ?? 0).toBe(known[measure] ?? 0)
}
