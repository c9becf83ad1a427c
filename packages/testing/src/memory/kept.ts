import type { Budget, BudgetCrossing, HealthKind, HealthSample } from '@runtape/core'

/** What a tape keeps of budgets. */
export interface KeptBudgets {
  /** By name. */
  readonly all: Map<string, Budget>
  /** Levels that are reached and told, as JSON of name and level. */
  readonly reached: Set<string>
  crossings: BudgetCrossing[]
}

export const noBudgets = (): KeptBudgets => ({ all: new Map(), reached: new Set(), crossings: [] })

/** What a tape counts of one kind for one reporter; the store itself is the reporter `''`. */
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
