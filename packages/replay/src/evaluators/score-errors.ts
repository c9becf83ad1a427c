import { compareResults } from '../compare/call-result.ts'
import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluation, EvaluatorScore } from './evaluator.ts'

/**
 * The score if an output is missing because the recording or the replay threw; `undefined` if both returned an output. Throws
 * `NotComparable`.
 */
export function scoreOfErrors({ error, originalError, captured }: Evaluation): EvaluatorScore | undefined {
  if (error === null && originalError === null) return undefined
  const compared = compareResults(captured.replay, captured.recording)
  if (compared.result === 'unknown') throw new NotComparable(compared.reason)
  // Compares the error, whether it was thrown or rejected.
  if (compared.result === 'same' || compared.isAlike)
    return { score: 1, pass: true, reasoning: `Both threw: ${error}` }
  const [then, now] = [ending(originalError), ending(error)]
  return { score: 0, pass: false, reasoning: `The recording ${then}, the replay ${now}.` }
}

const ending = (error: string | null) => (error === null ? 'returned an output' : `threw "${error}"`)
