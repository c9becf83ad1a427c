import type { Prediction } from './predict-call.ts'
import type { PredictedCall } from './predict-trace.ts'

/** Predicted calls of one key. */
export interface DryRunKey {
  readonly key: string
  readonly calls: number
  readonly served: number
  readonly overridden: number
  readonly run: number
  readonly missed: number
  /** Number of calls by the rule that decides them. */
  readonly rules: Readonly<Record<string, number>>
  /** Number of calls by the reason why the tape does not answer them. */
  readonly reasons: Readonly<Record<string, number>>
}

type Counts = Record<'calls' | Prediction['what'], number>
type Named = Record<string, number>

/** Counts predicted calls by key. */
export class KeyTally {
  readonly #keys = new Map<string, Counts & { rules: Named; reasons: Named }>()

  add({ key, what, rule, reason }: Pick<PredictedCall, 'key' | 'what' | 'rule' | 'reason'>): void {
    const none = { calls: 0, served: 0, overridden: 0, run: 0, missed: 0, rules: {}, reasons: {} }
    const counts = this.#keys.get(key) ?? none
    this.#keys.set(key, counts)
    counts.calls++
    counts[what]++
    increment(counts.rules, rule)
    // Sizes and paths differ between calls.
    if (reason !== undefined)
      increment(counts.reasons, reason.replace(/ \([^)]*\)/g, '').replace(/[0-9a-f]{32}/g, '…'))
  }

  /** Counts a trace whose function cannot be called, because its input is not on the tape. */
  addTrace(key: string, error: string): void {
    this.add({ key, what: 'missed', rule: 'its own input', reason: error })
  }

  result(): DryRunKey[] {
    const keys = Array.from(this.#keys, ([key, counts]) => ({ key, ...counts }))
    return keys.sort((a, b) => b.missed - a.missed)
  }
}

const increment = (counts: Named, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1
}
