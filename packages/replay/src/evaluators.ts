import type { Payload } from '@runtape/core'
import { fingerprint } from '@runtape/trace'

/** What an evaluator judges: one replayed trace. */
export interface Evaluation {
  readonly input: readonly unknown[]
  readonly result: unknown
  readonly originalOutput: unknown
  /** The message of what the replay threw, if it did. */
  readonly error: string | null
  /** Both outputs as they were captured. */
  readonly captured: { readonly result?: Payload; readonly originalOutput?: Payload }
}

export interface EvaluatorScore {
  /** From 0 (bad) to 1 (good). */
  readonly score: number
  readonly pass?: boolean
  readonly reasoning?: string
}

/** Judges items. One that throws costs its own score, never the item. */
export interface Evaluator {
  readonly name: string
  evaluate(evaluation: Evaluation): EvaluatorScore | Promise<EvaluatorScore>
}

/** Passes when the replayed output equals the recorded one, whatever the order of properties. */
export function sameOutput(): Evaluator {
  return {
    name: 'same-output',
    evaluate: ({ error, captured: { result, originalOutput } }) => {
      const same = error === null && isSame(result, originalOutput)
      return { score: same ? 1 : 0, pass: same }
    },
  }
}

function isSame(a: Payload | undefined, b: Payload | undefined): boolean {
  return a === undefined || b === undefined ? a === b : fingerprint(a) === fingerprint(b)
}
