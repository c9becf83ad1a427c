import { realNow } from '@runtape/core/internal'
import type { Budget, BudgetCrossing, BudgetState, EraseTarget, Store } from '@runtape/core/store'
import {
  budgetState,
  crossingOf,
  isErasedBudget,
  isSameBudget,
  levelNumbers,
  levelsOf,
  mostCrossings,
  readBudget,
  readBudgetQuery,
  requireNow,
  sameJson,
  windowStart,
} from '@runtape/core/store-helpers'
import type { KeptBudgets } from '../kept.ts'
import { runsOf } from '../runs/runs.ts'
import { usageOf } from '../runs/usage.ts'
import { arrive, arriveRemoval, openTape, type Tape } from '../traces/tape.ts'

/** The `budgets` part of a memory store. */
export function budgetsPart(tape: Tape): Store['budgets'] {
  return {
    put: async given => putBudget(openTape(tape), readBudget(given)),
    list: async options => {
      requireNow('budgets.list', options)
      return listed(openTape(tape))
    },
    remove: async name => removeBudget(openTape(tape), name),
    state: async query => statesOf(openTape(tape), readBudgetQuery(query).name),
    check: async () => check(openTape(tape)),
    crossings: async query => {
      const { name } = readBudgetQuery(query)
      const found = openTape(tape).budgets.crossings.filter(
        ({ budget }) => name === undefined || budget.name === name,
      )
      return found.toReversed().slice(0, mostCrossings)
    },
  }
}

function putBudget(tape: Tape, budget: Budget): void {
  const { budgets } = tape
  const before = budgets.all.get(budget.name)
  if (sameJson(before, budget)) return
  if (before) forgetLevels(budgets, budget.name, isSameBudget(before, budget) ? levelNumbers(budget) : [])
  budgets.all.set(budget.name, budget)
  arrive(tape, { kind: 'budget', id: budget.name })
}

function forgetLevels({ reached }: KeptBudgets, name: string, kept: readonly number[] = []): void {
  for (const key of reached) {
    const [of, level] = JSON.parse(key) as [string, number]
    if (of === name && !kept.includes(level)) reached.delete(key)
  }
}

function removeBudget(tape: Tape, name: string): boolean {
  const { budgets } = tape
  forgetLevels(budgets, name)
  budgets.crossings = budgets.crossings.filter(({ budget }) => budget.name !== name)
  if (!budgets.all.delete(name)) return false
  arriveRemoval(tape, 'budget', name)
  return true
}

const byName = (a: Budget, b: Budget): number => (a.name < b.name ? -1 : 1)

const listed = ({ budgets }: Tape): Budget[] => [...budgets.all.values()].sort(byName)

function statesOf(tape: Tape, name?: string): BudgetState[] {
  const now = realNow()
  const runs = runsOf(tape)
  return listed(tape)
    .filter(budget => name === undefined || budget.name === name)
    .map(budget => {
      const since = windowStart(budget.window, now)
      const [row] = usageOf(runs, { ...budget.where, since })
      const { unpricedRuns = 0, unknownUsageRuns = 0 } = row ?? {}
      const sums = { nanoUsd: row?.cost?.nanoUsd, tokens: row?.tokens?.total, runs: row?.runs ?? 0 }
      return budgetState(budget, since, { sum: sums[budget.measure], unpricedRuns, unknownUsageRuns })
    })
}

function check(tape: Tape): BudgetCrossing[] {
  const { budgets } = tape
  const at = realNow()
  const found: BudgetCrossing[] = []
  for (const state of statesOf(tape))
    for (const { level, isReached } of levelsOf(state)) {
      const { name } = state.budget
      const key = JSON.stringify([name, level])
      if (isReached !== budgets.reached.has(key)) arrive(tape, { kind: 'budget', id: name })
      if (isReached && !budgets.reached.has(key)) {
        const before = budgets.crossings.filter(each => each.budget.name === name && each.level === level)
        found.push(crossingOf(state, level, at, before.length + 1))
      }
      if (isReached) budgets.reached.add(key)
      else budgets.reached.delete(key)
    }
  budgets.crossings.push(...found)
  return found
}

/** Removes the budgets of an erased customer, and the crossings of budgets that have been replaced since. */
export function eraseBudgets(tape: Tape, target: EraseTarget): void {
  tape.budgets.crossings = tape.budgets.crossings.filter(({ budget }) => !isErasedBudget(budget, target))
  for (const budget of listed(tape)) if (isErasedBudget(budget, target)) removeBudget(tape, budget.name)
}
