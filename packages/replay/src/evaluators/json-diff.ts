import { differences } from '../compare/differences.ts'
import type { Evaluator } from './evaluator.ts'
import { scoreOfErrors } from './score-errors.ts'

export interface JsonDiffOptions {
  /** Places that do not count: `token`, `items.*.id`, `**.createdAt`. */
  readonly ignore?: readonly string[]
  /** The least score that passes; 1 when left out: every place must be the same. */
  readonly threshold?: number
}

const mostNamed = 5

/**
 * Compares outputs place by place; the score is the part of the places that is the same, and the reasoning names those
 * that are not.
 */
export function jsonDiff({ ignore = [], threshold = 1 }: JsonDiffOptions = {}): Evaluator {
  return {
    name: 'json-diff',
    evaluate: evaluation => {
      const errors = scoreOfErrors(evaluation)
      if (errors) return errors
      const { originalOutput, result } = evaluation
      const compared = differences(originalOutput, result, ignore)
      if (compared.differences.length === 0) return { score: 1, pass: true }
      const score = 1 - compared.differences.length / compared.places
      const named = compared.differences.slice(0, mostNamed).map(({ path }) => path || 'the whole output')
      const more = compared.differences.length - named.length
      const reasoning = `Differs in ${named.join(', ')}${more > 0 ? ` and ${more} more places` : ''}.`
      return { score, pass: score >= threshold, reasoning }
    },
  }
}
