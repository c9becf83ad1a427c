import type { ItemOutcome } from '../compare/item-outcome.ts'
import type { TraceDiff } from '../compare/trace-diff.ts'

/**
 * Why an item differs from its recording. `change`: only the code after the change differs in this way. `before`: the code before
 * the change ends in exactly the same way. `unknown`: the code before the change differs, too, but in another way, which may be
 * chance or the change.
 */
export type Cause = 'change' | 'before' | 'unknown'

/** The same item with the code before the change. */
export interface ItemBaseline {
  /** How it compares with the recording. */
  readonly outcome: ItemOutcome
  readonly reason?: string
  readonly error: string | null
  /** The trace id of this replay in the store; null if it was not kept. */
  readonly traceId: string | null
  /** Why the item differs; absent if it is `same` with the current code. */
  readonly cause?: Cause
  /** Paths in the result that the change explains, if it does not explain all differences. */
  readonly places?: readonly string[]
  /**
   * Evaluators whose scores do not count: they compare with the recording, from which the code before the change differs in the
   * same way. Absent if there are none.
   */
  readonly excused?: readonly string[]
  /** How the calls differed from the recorded ones. */
  readonly diff?: TraceDiff
}

/** Numbers of items by cause. */
export interface BaselineSummary {
  /** Items that differ from their recordings because of the change. */
  readonly change: number
  /** Items that the code before the change ends in the same way. */
  readonly before: number
  /** Items whose cause is unknown. */
  readonly unknown: number
  /** Items that differ only with the code before the change. */
  readonly onlyBefore: number
  /** Items that were not replayed with the code before the change. */
  readonly missing: number
}
