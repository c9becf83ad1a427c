import { compareResults } from '../compare/call-result.ts'
import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluation, EvaluatorScore } from './evaluator.ts'

/** The score where an output is missing, because one of both ended in an error; `undefined` where both gave one. Throws `NotComparable`. */
export function scoreOfErrors({ error, originalError, captured }: Evaluation): EvaluatorScore | undefined {
  if (error === null && originalError === null) return undefined
  const compared = compareResults(captured.replay, captured.recording)
  if (compared.result === 'unknown') throw new NotComparable(compared.reason)
  // It judges what was thrown, whether at once or by a promise.
  if (compared.result === 'same' || compared.isAlike)
    return { score: 1, pass: true, reasoning: `Both threw: ${error}` }
  const [then, now] = [ending(originalError), ending(error)]
  return { score: 0, pass: false, reasoning: `The recording ${then}, the replay ${now}.` }
}

const ending = (error: string | null) => (error === null ? 'returned an output' : `threw "${error}"`)
