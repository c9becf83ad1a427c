import type { TapeRecord } from '../records/records.ts'
import { tombstoneOf } from '../runs/erased-run.ts'
import type { CohortEntry, CohortVersion } from '../store/reviewing/cohorts.ts'
import type { Review } from '../store/reviewing/reviews.ts'
import type { ItemRecord, LateItem } from '../store/test-runs/items.ts'
import type { TestRunResult, TestRunStart, Verdict } from '../store/test-runs/test-runs.ts'
import type { Budget, BudgetCrossing } from '../store/upkeep/budgets.ts'
import type { HealthKind, HealthSample } from '../store/upkeep/health.ts'
import type { SavedView } from '../store/views.ts'

// What one store passes to another. All times are in milliseconds since the Unix epoch.

/** A run event or a span. A price that arrived later is its event with the cost, received when the price was. */
export interface CopiedRecord {
  readonly record: TapeRecord
  readonly receivedAt: number
}

/** A hash of something that was removed. */
export interface CopiedTombstone {
  readonly name: string
  /** Records from before this time belong to it; `null`: all. */
  readonly until: number | null
  readonly keepsTotals: boolean
  /** Whether a late record made it, so that other records of its run or trace may be there. Default: false. */
  readonly isOfRecord?: boolean
}

/** A range of times of removed runs, which earlier bills may lack. */
export interface CopiedRange {
  readonly day: number
  readonly keepsTotals: boolean
  readonly since: number
  readonly until: number
  /** When the first record of these runs was received, at the earliest. */
  readonly firstReceivedAt: number
  /** When they had been removed; `null` if it is not known. */
  readonly removedAt: number | null
}

export interface CopiedTestRun {
  readonly start: TestRunStart & { readonly testRunId: string }
  readonly receivedAt: number
  /** Items that were removed with their traces. */
  readonly removed: number
  readonly ends: readonly {
    readonly status: 'completed' | 'interrupted'
    readonly receivedAt: number
    readonly result: TestRunResult
  }[]
}

export interface CopiedItem {
  readonly testRunId: string
  readonly item: ItemRecord
  readonly receivedAt: number
  readonly late?: LateItem
  readonly lateReceivedAt?: number
}

export interface CopiedVerdict {
  readonly testRunId: string
  readonly verdict: Verdict & { readonly traceId: string }
  readonly receivedAt: number
  readonly withdrawn?: { readonly at: number; readonly by?: string }
}

export interface CopiedReview {
  /** What was reviewed: `runId` of a run, or `traceId` of a trace. */
  readonly subject: 'run' | 'trace'
  readonly review: Review
}

export interface CopiedClaim {
  readonly by: string
  readonly runId?: string
  readonly traceId?: string
  readonly until: number
}

export interface CopiedCohort {
  readonly name: string
  readonly versions: readonly CohortVersion[]
  readonly entries: readonly {
    readonly entry: CohortEntry
    readonly place: number
    readonly since: number
    readonly until: number | null
    /** Whether its trace was removed. */
    readonly isGone: boolean
  }[]
}

/** The last version of a removed cohort: versions are never used again. */
export interface CopiedCohortMark {
  readonly nameHash: string
  readonly version: number
}

export interface CopiedBudget {
  readonly budget: Budget
  /** `budgetMark` of the budget of this name that was copied before. */
  readonly before?: string
  /** When it was changed last; `undefined` if it is not known. */
  readonly at?: number | undefined
  readonly levels: readonly { readonly level: number; readonly isReached: boolean; readonly at: number }[]
  readonly crossings: readonly BudgetCrossing[]
}

/** Tells whether a budget is still as it was copied. */
export const budgetMark = (budget: Budget): string => tombstoneOf('budget', JSON.stringify(budget))

export type CopiedHealth =
  | {
      readonly count: number
      readonly kind: HealthKind
      /** Empty for the counts of the store itself. */
      readonly reporter: string
      readonly firstAt: number
      readonly lastAt: number
    }
  | { readonly kind: HealthKind; readonly sample: HealthSample }
  | { readonly conflict: string; readonly at: number }

/** The entries of each kind, in the order in which they are copied. */
export interface CopiedEntries {
  readonly removals: CopiedTombstone | CopiedRange
  readonly events: CopiedRecord
  readonly prices: CopiedRecord
  readonly spans: CopiedRecord
  readonly 'test runs': CopiedTestRun
  readonly items: CopiedItem
  readonly verdicts: CopiedVerdict
  readonly reviews: CopiedReview
  readonly claims: CopiedClaim
  readonly cohorts: CopiedCohort | CopiedCohortMark
  readonly views: SavedView
  readonly budgets: CopiedBudget
  readonly health: CopiedHealth
}

export type CopiedKind = keyof CopiedEntries
