import type { ItemResult, Verdict } from '@runtape/core/store'

/** The item of one test run for a source. Over several attempts it has the worst outcome and the mean scores. */
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

/** Change from the first test run to the second. `unknown`: nothing decides, or one score is better and another one worse. */
export type ItemChange = 'better' | 'worse' | 'same' | 'unknown'
