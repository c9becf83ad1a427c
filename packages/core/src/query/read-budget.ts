import { RuntapeError } from '../errors.ts'
import { lengthOfTime } from '../store/point-in-time.ts'
import type {
  Budget,
  BudgetCrossing,
  BudgetFilter,
  BudgetQuery,
  BudgetState,
} from '../store/upkeep/budgets.ts'
import type { EraseTarget } from '../store/upkeep/removal.ts'
import { requireNow } from './read-of-now.ts'

const measures = ['nanoUsd', 'tokens', 'runs'] as const
const filters = ['contextKind', 'contextKey', 'configKey', 'model'] as const
const names = ['name', 'measure', 'limit', 'window', 'where', 'warnAt'] as const

/** At most this many crossings are returned. */
export const mostCrossings = 1000

/** A budget, as every store reads it. */
export function readBudget(given: Budget): Budget {
  const { name, measure, limit, window, where, warnAt } = known('a budget', given, names) as Partial<Budget>
  if (typeof name !== 'string' || name === '') throw refusal('name', name, 'must be a non-empty string')
  if (!measures.includes(measure as never))
    throw refusal('measure', measure, `must be one of ${measures.join(', ')}`)
  if (!Number.isSafeInteger(limit) || (limit as number) < 1)
    throw refusal('limit', limit, 'must be a whole number, 1 or more')
  windowStart(window as string, 0)
  const wanted = where === undefined ? {} : (known('where', where, filters) as BudgetFilter)
  for (const [field, value] of Object.entries(wanted))
    if (typeof value !== 'string') throw refusal(`where.${field}`, value, 'must be a string')
  return {
    name,
    measure: measure as Budget['measure'],
    limit: limit as number,
    window: window as string,
    ...(Object.keys(wanted).length > 0 && { where: wanted }),
    ...(warnAt !== undefined && { warnAt: levels(warnAt) }),
  }
}

/** The argument of `budgets.state` and `budgets.crossings`, as every store reads it. */
export function readBudgetQuery(query: BudgetQuery = {}): BudgetQuery {
  const { name, asOf } = known('a query of budgets', query, ['name', 'asOf']) as BudgetQuery
  requireNow('a query of budgets', asOf === undefined ? {} : { asOf })
  if (name !== undefined && typeof name !== 'string') throw refusal('name', name, 'must be a string')
  return name === undefined ? {} : { name }
}

function levels(given: unknown): readonly number[] {
  const isShare = (level: unknown) => typeof level === 'number' && level > 0 && level < 1
  if (!Array.isArray(given) || !given.every(isShare))
    throw refusal('warnAt', given, 'must be a list of shares between 0 and 1', 'Use [0.8] for 80 %.')
  return [...new Set(given as number[])].sort((a, b) => a - b)
}

/** Start of the window that ends at `now`. */
export function windowStart(window: string, now: number): number {
  if (window === 'month') {
    const at = new Date(now)
    return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)
  }
  const length = typeof window === 'string' ? lengthOfTime(window) : undefined
  if (length) return now - length
  throw refusal('window', window, 'is not a length of time', "Use '1h', '24h', '30d' or 'month'.")
}

/** Sums of the runs of a window, from one row of the bill. */
export interface BudgetUse {
  /** `undefined` if no run has a known value. */
  readonly sum: number | undefined
  readonly unpricedRuns: number
  readonly unknownUsageRuns: number
}

/** The state of a budget, computed from the sums of its window. */
export function budgetState(budget: Budget, since: number, use: BudgetUse): BudgetState {
  const { measure, limit, warnAt = [] } = budget
  const unpricedRuns = measure === 'nanoUsd' ? use.unpricedRuns : 0
  const unknownUsageRuns = measure === 'runs' ? 0 : use.unknownUsageRuns
  const isWhole = unpricedRuns + unknownUsageRuns === 0
  const used = use.sum ?? (isWhole ? 0 : undefined)
  const level =
    used === undefined ? undefined : [1, ...[...warnAt].reverse()].find(each => isReached(used, limit, each))
  return {
    budget,
    since,
    ...(used !== undefined && { used }),
    ...(used !== undefined && (isWhole || used >= limit) && { left: limit - used }),
    unpricedRuns,
    unknownUsageRuns,
    ...(level !== undefined && { level }),
  }
}

const isReached = (used: number, limit: number, level: number): boolean => used >= limit * level

/** The levels of a budget, ascending: its warnings, and 1 for the limit. */
export const levelNumbers = ({ warnAt = [] }: Budget): readonly number[] => [...warnAt, 1]

/**
 * The levels of a budget of which it is known whether they are reached. Runs of unknown use may have reached those above
 * the known use.
 */
export function levelsOf({
  budget,
  used,
  unpricedRuns,
  unknownUsageRuns,
}: BudgetState): { level: number; isReached: boolean }[] {
  if (used === undefined) return []
  const all = levelNumbers(budget).map(level => ({ level, isReached: isReached(used, budget.limit, level) }))
  return unpricedRuns + unknownUsageRuns === 0 ? all : all.filter(each => each.isReached)
}

/** The crossing of a level. */
export const crossingOf = (
  state: BudgetState,
  level: number,
  at: number,
  number: number,
): BudgetCrossing => ({
  ...state,
  level,
  at,
  number,
})

/** Whether two budgets limit the same use, so that the levels reached of one count for the other. */
export const isSameBudget = (a: Budget, b: Budget): boolean =>
  a.measure === b.measure &&
  a.window === b.window &&
  filters.every(field => a.where?.[field] === b.where?.[field])

/** Whether a budget is only for an erased customer. */
export const isErasedBudget = ({ where }: Budget, target: EraseTarget): boolean =>
  'context' in target &&
  where?.contextKey === target.context.key &&
  (where.contextKind ?? target.context.kind) === target.context.kind

function known(of: string, value: unknown, all: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(of, value, 'must be an object')
  for (const name of Object.keys(value))
    if (!all.includes(name)) throw refusal(of, name, 'has an unknown field', `Use ${all.join(', ')}.`)
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}

const refusal = (name: string, value: unknown, problem: string, step = ''): RuntapeError =>
  new RuntapeError('invalid-option', `${name} ${problem} (got ${shown(value)}). ${step}`.trimEnd())

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value)
}
