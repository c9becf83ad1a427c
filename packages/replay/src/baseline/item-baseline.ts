import type { ItemOutcome } from '../compare/item-outcome.ts'
import type { TraceDiff } from '../compare/trace-diff.ts'

/**
 * Whether the change explains why an item differs from its recording. `change`: the code before the change does not differ like
 * this. `before`: it ends in exactly the same way. `unknown`: it differs, too, but in another way, so this may be chance or the
 * change.
 */
export type Cause = 'change' | 'before' | 'unknown'

/** The same item with the code before the change. */
export interface ItemBaseline {
  /** How it compares to the recording. */
  readonly outcome: ItemOutcome
  readonly reason?: string
  readonly error: string | null
  /** The trace id of this replay in the store; null if it was not kept. */
  readonly traceId: string | null
  /** Why the item differs; absent if it is `same` with the current code. */
  readonly cause?: Cause
  /** Paths of the result that only the change explains, if there are others. */
  readonly places?: readonly string[]
  /** How the calls differed from the recorded ones. */
  readonly diff?: TraceDiff
}

/** Numbers of items, compared with the code before the change. */
export interface BaselineSummary {
  /** Items that differ from their recordings by the change. */
  readonly change: number
  /** Items that the code before the change ends in the same way. */
  readonly before: number
  /** Items for which this is unknown. */
  readonly unknown: number
  /** Items that differ only with the code before the change. */
  readonly onlyBefore: number
  /** Items that were not replayed with it. */
  readonly missing: number
}

/** What a test run keeps of an item with the code before the change: no text of it, which would outlive its erased trace. */
export type KeptBaseline = Pick<ItemBaseline, 'outcome' | 'traceId' | 'cause' | 'places'>

/** What one part of a test run keeps of its baseline. */
export interface BaselineFacts {
  readonly summary: BaselineSummary
  /** Items that differ with the code before or after the change, by their source. */
  readonly items: Readonly<Record<string, KeptBaseline>>
}
