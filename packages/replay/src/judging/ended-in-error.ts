import { compareEndings } from '../captured-ending.ts'
import type { Evaluation, EvaluatorScore } from '../evaluators.ts'

/** The score where an output is missing, because one of both ended in an error; `undefined` where both gave one. */
export function scoreOfErrors({ error, originalError, captured }: Evaluation): EvaluatorScore | undefined {
  if (error === null && originalError === null) return undefined
  const same = compareEndings(captured.replay, captured.recording) === 'same'
  if (same) return { score: 1, pass: true, reasoning: `Both threw: ${error}` }
  const [then, now] = [ending(originalError), ending(error)]
  return { score: 0, pass: false, reasoning: `The recording ${then}, the replay ${now}.` }
}

const ending = (error: string | null) => (error === null ? 'gave an output' : `threw "${error}"`)
