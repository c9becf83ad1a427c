import { compareResults } from '../compare/call-result.ts'
import type { Evaluation, EvaluatorScore } from './evaluator.ts'

/** The score where an output is missing, because one of both ended in an error; `undefined` where both gave one. */
export function scoreOfErrors({ error, originalError, captured }: Evaluation): EvaluatorScore | undefined {
  if (error === null && originalError === null) return undefined
  const same = compareResults(captured.replay, captured.recording) === 'same'
  if (same) return { score: 1, pass: true, reasoning: `Both threw: ${error}` }
  const [then, now] = [ending(originalError), ending(error)]
  return { score: 0, pass: false, reasoning: `The recording ${then}, the replay ${now}.` }
}

const ending = (error: string | null) => (error === null ? 'gave an output' : `threw "${error}"`)
