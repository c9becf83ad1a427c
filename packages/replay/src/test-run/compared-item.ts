import type { ItemResult, Verdict } from '@runtape/core'

/** One test run's item of a compared source; of several attempts the worst outcome and the mean scores. */
export interface ComparedItem {
  readonly outcome: ItemResult
  readonly reason?: string
  /** The trace that the replay made, of the first attempt. */
  readonly traceId: string | null
  readonly attempts: number
  readonly scores: Readonly<Record<string, { readonly score: number; readonly version?: string }>>
  readonly scoreErrors?: Readonly<Record<string, string>>
  /** The newest verdict on one of the attempts. */
  readonly verdict?: Verdict
}

/** From the first test run to the second; `unknown`: nothing decides it, or one thing is better and another worse. */
export type ItemChange = 'better' | 'worse' | 'same' | 'unknown'
