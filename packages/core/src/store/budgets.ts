import type { RunFilter } from './runs.ts'

/** A limit of what runs may use in a window of time. It tells, and never stops a run. */
export interface Budget {
  /** Identifies the budget: `ann-daily`. */
  readonly name: string
  /** What is limited: cost in billionths of a US dollar, tokens (input and output), or runs. */
  readonly measure: 'nanoUsd' | 'tokens' | 'runs'
  /** A whole number above 0. The budget is exceeded when it is reached. */
  readonly limit: number
  /**
   * The last `1h`, `24h` or `30d` at any moment (m, h, d or w), or `month`: the calendar month in UTC. A run belongs to
   * the window in which it started.
   */
  readonly window: string
  /** Which runs count, as in `runs.usage`. Default: all. */
  readonly where?: BudgetFilter
  /** Shares of the limit that are told before it: `[0.8]`. Default: only the limit. */
  readonly warnAt?: readonly number[]
}

/** Runs of a customer, a config or a model. A run must match all fields. */
export type BudgetFilter = Pick<RunFilter, 'contextKind' | 'contextKey' | 'configKey' | 'model'>

/** A budget, and what its window holds. */
export interface BudgetState {
  readonly budget: Budget
  /** Start of the window, in milliseconds since the Unix epoch: `used` is what `runs.usage({ ...where, since })` returns. */
  readonly since: number
  /** The known use: 0 if there are no runs, absent if none of them has a known value. */
  readonly used?: number
  /** `limit - used`, below 0 when exceeded. Absent if `used` is. */
  readonly left?: number
  /** Runs of the window without a price, for a limit of cost: their cost is in addition to `used`. */
  readonly unpricedRuns: number
  /** Runs of the window with unknown usage: their tokens and cost are in addition to `used`. */
  readonly unknownUsageRuns: number
  /** The highest level that is reached: 1 is the limit, 0.8 a warning. Absent below all of them. */
  readonly level?: number
}

/** A level that was reached. It is told once, until the use of the window has been below it. */
export interface BudgetCrossing extends BudgetState {
  readonly level: number
  /** When it was found, in milliseconds since the Unix epoch. */
  readonly at: number
  /** 1 for the first crossing of this level, 2 for the next one. */
  readonly number: number
}

/** Which budgets. */
export interface BudgetQuery {
  /** Default: all. */
  readonly name?: string
}

/** Limits in rolling windows. */
export interface Budgets {
  /** Adds a budget, or replaces the one of this name. */
  put(budget: Budget): Promise<void>
  /** By name. */
  list(): Promise<readonly Budget[]>
  /** Removes a budget with its crossings. Resolves to false if there is none. */
  remove(name: string): Promise<boolean>
  /** What each budget has used, exactly as the bill has it. */
  state(query?: BudgetQuery): Promise<readonly BudgetState[]>
  /**
   * Finds levels that were reached since the last check of any process, and records them: of all processes that check,
   * exactly one gets each. A use that rises and falls again between two checks is not found: check more often than
   * the shortest window.
   */
  check(): Promise<readonly BudgetCrossing[]>
  /** The recorded crossings, newest first; at most the newest 1,000. */
  crossings(query?: BudgetQuery): Promise<readonly BudgetCrossing[]>
}
