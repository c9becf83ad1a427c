import type { Payload } from '@runtape/core'
import { type CallResult, compareResults } from '../compare/call-result.ts'
import { NotComparable } from '../compare/not-comparable.ts'

/** The subject of an evaluator: one replayed trace. */
export interface Evaluation<TInput = readonly unknown[], TResult = unknown> {
  /** The recorded arguments. */
  readonly input: TInput
  readonly result: TResult | undefined
  readonly originalOutput: TResult | undefined
  /** The output that a reviewer expects; absent if nothing is known: see `captured.expected`. */
  readonly expected?: TResult
  /** The message of the replay's error, if it threw. */
  readonly error: string | null
  /** The message of the recording's error, if it threw. */
  readonly originalError: string | null
  /** How both ended, as captured. */
  readonly captured: {
    readonly replay: CallResult
    readonly recording: CallResult
    /** The output that a reviewer expects, if there is one. */
    readonly expected?: Payload
  }
  /** Aborted when the score is no longer needed: the item's time limit expired, or the replay was stopped. */
  readonly signal?: AbortSignal
}

export interface EvaluatorScore {
  /** From 0 (bad) to 1 (good). */
  readonly score: number
  readonly pass?: boolean
  readonly reasoning?: string
}

/**
 * Scores items whose code ran. If it throws, only its own score is lost, and the item says why in `scoreErrors`. `TInput` and
 * `TResult` are the arguments and the result of the replayed function.
 */
export interface Evaluator<TInput = readonly unknown[], TResult = unknown> {
  readonly name: string
  /** Kept with each score. Change it when the evaluator judges differently. */
  readonly version?: string
  /**
   * Whether it judges only how the replay differs from the recording. With `baseline` such an evaluator does not judge an item that
   * differs in the same way with the code before the change. Default: false, it judges the output itself.
   */
  readonly comparesWithRecording?: boolean
  evaluate(evaluation: Evaluation<TInput, TResult>): EvaluatorScore | Promise<EvaluatorScore>
}

/**
 * Passes if the replay ended as recorded: with an equal output or an equal error. Property order and an error's stack do not
 * count. It does not score items that cannot be compared, and then the report fails.
 */
export function sameOutput(): Evaluator {
  return {
    name: 'same-output',
    version: '1',
    comparesWithRecording: true,
    evaluate: ({ captured: { replay, recording } }) => {
      const compared = compareResults(replay, recording)
      if (compared.result === 'unknown') throw new NotComparable(compared.reason)
      const pass = compared.result === 'same'
      const reasoning = compared.result === 'different' ? compared.reason : undefined
      return { score: Number(pass), pass, ...(reasoning !== undefined && { reasoning }) }
    },
  }
}
