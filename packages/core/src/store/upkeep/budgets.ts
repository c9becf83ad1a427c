import type { OfNow } from '../revision.ts'
import type { RunFilter } from '../runs/runs.ts'

/** A limit of what runs may use in a window of time. It only reports: it never stops a run. */
export interface Budget {
  /** Identifies the budget: `ann-daily`. */
  readonly name: string
  /** What is limited: cost in billionths of a US dollar, tokens (input and output), or runs. */
  readonly measure: 'nanoUsd' | 'tokens' | 'runs'
  /** A whole number above 0. The budget is exceeded once `used` reaches it. */
  readonly limit: number
  /**
   * `1h`, `24h` or `30d` (m, h, d or w): a window that ends now. `month`: the current calendar month in UTC. A run belongs
   * to the window in which it started.
   */
  readonly window: string
  /** Which runs count, as in `runs.usage`. Default: all. */
  readonly where?: BudgetFilter
  /** Warning levels, as shares of the limit: `[0.8]`. Default: none, only the limit is a level. */
  readonly warnAt?: readonly number[]
}

/** Runs of a customer, a config or a model. A run must match all fields. */
export type BudgetFilter = Pick<RunFilter, 'contextKind' | 'contextKey' | 'configKey' | 'model'>

/** A budget, and the use in its window. */
export interface BudgetState {
  readonly budget: Budget
  /** Start of the window, in milliseconds since the Unix epoch: `used` is what `runs.usage({ ...where, since })` returns. */
  readonly since: number
  /** The known use, at least: 0 if there are no runs, absent if none of them has a known value. */
  readonly used?: number
  /**
   * `limit - used`, 0 or negative if exceeded. Absent if it is unknown: runs without a price or with unknown usage may have
   * used it up. If the budget is exceeded all the same, it is the most that is left.
   */
  readonly left?: number
  /** For a limit of cost: runs in the window without a price. `used` does not include their cost. */
  readonly unpricedRuns: number
  /** Runs in the window with unknown usage. `used` does not include their tokens and cost. */
  readonly unknownUsageRuns: number
  /** The highest level that is reached: 1 is the limit, 0.8 a warning. Absent if none is reached. */
  readonly level?: number
}

/** A level that was reached. It is reported again only after the use has been below the level. */
export interface BudgetCrossing extends BudgetState {
  readonly level: number
  /** When a check found it, in milliseconds since the Unix epoch. */
  readonly at: number
  /** 1 for the first crossing of this level, 2 for the next one. */
  readonly number: number
}

/** Selects budgets. */
export interface BudgetQuery extends OfNow {
  /** Default: all. */
  readonly name?: string
}

/**
 * Limits of cost, tokens or runs in windows of time. All reads are of now and refuse `asOf`, because a window ends when it is
 * read: `runs.usage` has the use as of a revision.
 */
export interface Budgets {
  /** Adds a budget, or replaces the one of this name. */
  put(budget: Budget): Promise<void>
  /** By name. */
  list(options?: OfNow): Promise<readonly Budget[]>
  /** Removes a budget with its crossings. Resolves to false if there is none. */
  remove(name: string): Promise<boolean>
  /** The use of each budget: the same sums as `runs.usage`. */
  state(query?: BudgetQuery): Promise<readonly BudgetState[]>
  /**
   * Finds and records the levels that were reached since the last check by any process. Each crossing is returned to
   * exactly one process: if that process ends before it has acted, the crossing is only in `crossings`. A level is left only
   * when the whole use is known. A use that rises and falls again between two checks is not found: check more often than the
   * shortest window.
   */
  check(): Promise<readonly BudgetCrossing[]>
  /** The recorded crossings, newest first; at most the newest 1,000. */
  crossings(query?: BudgetQuery): Promise<readonly BudgetCrossing[]>
}
