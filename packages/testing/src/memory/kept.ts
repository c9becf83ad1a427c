import type { Budget, BudgetCrossing, HealthKind, HealthSample } from '@runtape/core/store'

/** Budgets on a tape. */
export interface KeptBudgets {
  /** By name. */
  readonly all: Map<string, Budget>
  /** Levels that are reached and reported, as JSON of name and level. */
  readonly reached: Set<string>
  crossings: BudgetCrossing[]
}

export const noBudgets = (): KeptBudgets => ({ all: new Map(), reached: new Set(), crossings: [] })

/** The count of one kind by one reporter; `''` is the store itself. */
export interface KeptCount {
  readonly kind: HealthKind
  readonly reporter: string
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

export interface KeptSample extends HealthSample {
  readonly kind: HealthKind
  /** Identifies a reported sample. */
  readonly key?: string
}
