import type { Budget } from '@runtape/core/store'
import type { BudgetUse } from '@runtape/core/store-helpers'
import type { RunRevision } from '../history/revisions.ts'

/** A budget and the start of its window. */
export interface BudgetWindow {
  readonly budget: Budget
  readonly since: number
}

/** The uses of the windows, in order, and the revision that they are as of. */
export interface BudgetUses {
  readonly uses: readonly BudgetUse[]
  readonly revision: RunRevision
}
