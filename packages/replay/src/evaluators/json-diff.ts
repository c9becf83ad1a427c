import { decodeValue } from '@runtape/trace'
import { type Comparison, differences, ignoring } from '../compare/differences.ts'
import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluation, Evaluator, EvaluatorScore } from './evaluator.ts'
import { scoreOfErrors } from './score-errors.ts'
import { stepsOfPlace, unreadOutputs } from './unread-outputs.ts'

export interface JsonDiffOptions {
  /** Paths to ignore: `token`, `items.*.id`, `**.createdAt`. */
  readonly ignore?: readonly string[]
  /** The lowest passing score. Default: 1: every path must be equal. */
  readonly threshold?: number
}

const mostNamed = 5

/**
 * Compares outputs path by path. The score is the share of equal paths, and the reasoning names the others. If a path that is not
 * ignored cannot be compared, the item gets no score, unless the others already miss the threshold.
 */
export function jsonDiff({ ignore = [], threshold = 1 }: JsonDiffOptions = {}): Evaluator {
  return {
    name: 'json-diff',
    version: '1',
    comparesWithRecording: true,
    evaluate: evaluation => {
      const errors = scoreOfErrors(evaluation)
      if (errors) return errors
      const compared = differences(evaluation.originalOutput, shownResult(evaluation), ignore)
      const score = scoreOf(compared, threshold)
      const unread = unreadIn(evaluation, ignore)
      if (score.pass && unread.length > 0) throw new NotComparable(unread.slice(0, mostNamed).join(', '))
      return score
    },
  }
}

function scoreOf(
  { differences, places }: Comparison,
  threshold: number,
): EvaluatorScore & { readonly pass: boolean } {
  if (differences.length === 0) return { score: 1, pass: true }
  const score = 1 - differences.length / places
  const named = differences.slice(0, mostNamed).map(({ path }) => path || 'the whole output')
  const more = differences.length - named.length
  const reasoning = `Differs in ${named.join(', ')}${more > 0 ? ` and ${more} more places` : ''}.`
  return { score, pass: score >= threshold, reasoning }
}

/** The result in the form of the recorded one: with placeholders for values that could not be kept. */
function shownResult({ result, captured }: Evaluation): unknown {
  const { output } = captured.replay
  return output?.lossy || output?.redacted ? decodeValue(output) : result
}

// Paths inside an ignored path are also ignored.
function unreadIn(evaluation: Evaluation, ignore: readonly string[]): string[] {
  const isIgnored = ignoring(ignore)
  return unreadOutputs(evaluation).filter(place => {
    const steps = stepsOfPlace(place)
    return !steps.some((_, at) => isIgnored(steps.slice(0, at + 1)))
  })
}
