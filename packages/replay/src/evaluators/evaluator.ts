import { type CallResult, compareResults } from '../compare/call-result.ts'
import { NotComparable } from '../compare/not-comparable.ts'

/** What an evaluator judges: one replayed trace. */
export interface Evaluation<TInput = readonly unknown[], TResult = unknown> {
  /** The recorded arguments. */
  readonly input: TInput
  readonly result: TResult | undefined
  readonly originalOutput: TResult | undefined
  /** The message of what the replay threw, if it did. */
  readonly error: string | null
  /** The message of what the recording threw, if it did. */
  readonly originalError: string | null
  /** How both ended, as it was captured. */
  readonly captured: { readonly replay: CallResult; readonly recording: CallResult }
  /** Aborted when the score is of no use any more: the item's time is up, or the replay is stopped. */
  readonly signal?: AbortSignal
}

export interface EvaluatorScore {
  /** From 0 (bad) to 1 (good). */
  readonly score: number
  readonly pass?: boolean
  readonly reasoning?: string
}

/**
 * Judges items whose code ran. One that throws costs its own score, never the item: the item says why in `scoreErrors`.
 * `TInput` and `TResult` are the arguments and the result of the replayed function.
 */
export interface Evaluator<TInput = readonly unknown[], TResult = unknown> {
  readonly name: string
  evaluate(evaluation: Evaluation<TInput, TResult>): EvaluatorScore | Promise<EvaluatorScore>
}

/**
 * Passes when the replay ended as the recording did: with an equal output, or with an equal error. The order of
 * properties and an error's stack do not count. An item that cannot be compared has no score of it, and the report does not
 * pass.
 */
export function sameOutput(): Evaluator {
  return {
    name: 'same-output',
    evaluate: ({ captured: { replay, recording } }) => {
      const compared = compareResults(replay, recording)
      if (compared.result === 'unknown') throw new NotComparable(compared.reason)
      const pass = compared.result === 'same'
      const reasoning = compared.result === 'different' ? compared.reason : undefined
      return { score: Number(pass), pass, ...(reasoning !== undefined && { reasoning }) }
    },
  }
}
