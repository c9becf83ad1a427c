import type { Budget } from '@runtape/core'
import type { BudgetUse } from '@runtape/core/store-helpers'
import type { RunRevision } from '../history/revisions.ts'

/** A budget and the start of its window. */
export interface BudgetWindow {
  readonly budget: Budget
  readonly since: number
}

/** What the windows hold, in their order, and as of which revision. */
export interface BudgetUses {
  readonly uses: readonly BudgetUse[]
  readonly revision: RunRevision
}
