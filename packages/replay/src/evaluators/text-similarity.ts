import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluator } from './evaluator.ts'
import { scoreOfErrors } from './score-errors.ts'
import { unreadOutputs } from './unread-outputs.ts'

export interface TextSimilarityOptions<TResult> {
  /** The least score that passes. Default: 0.8. */
  readonly threshold?: number
  /** The text of an output; a text is its own, anything else is its JSON. */
  readonly textOf?: (output: TResult) => string
}

/**
 * How alike the texts of both outputs are: 1 for equal words in equal order, 0 for no word in common. Case, punctuation
 * and white space do not count. It knows nothing of meaning: `judge` does. Outputs that cannot be read
 * whole have no score, unless `textOf` is given.
 */
export function textSimilarity<TInput = readonly unknown[], TResult = unknown>({
  threshold = 0.8,
  textOf,
}: TextSimilarityOptions<TResult> = {}): Evaluator<TInput, TResult> {
  return {
    name: 'text-similarity',
    evaluate: evaluation => {
      const errors = scoreOfErrors(evaluation as never)
      if (errors) return errors
      const { originalOutput, result } = evaluation
      // A text of the application's own may be all that matters of them.
      const unread = textOf ? [] : unreadOutputs(evaluation as never)
      if (unread[0] !== undefined) throw new NotComparable(unread[0])
      const text = textOf ?? jsonText
      const score = similarity(text(originalOutput as TResult), text(result as TResult))
      return { score, pass: score >= threshold }
    },
  }
}

const jsonText = (output: unknown): string =>
  typeof output === 'string' ? output : (JSON.stringify(output) ?? String(output))

/** Of words and of pairs of neighbouring words: twice what both have, by what there is. */
function similarity(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)]
  if (left.size === 0 && right.size === 0) return a.trim() === b.trim() ? 1 : 0
  let common = 0
  for (const [piece, count] of left) common += Math.min(count, right.get(piece) ?? 0)
  return (2 * common) / (total(left) + total(right))
}

function pieces(text: string): Map<string, number> {
  const words =
    text
      .toLowerCase()
      .normalize('NFKC')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  const counts = new Map<string, number>()
  const add = (piece: string) => counts.set(piece, (counts.get(piece) ?? 0) + 1)
  for (const [at, word] of words.entries()) {
    add(word)
    if (at > 0) add(`${words[at - 1]} ${word}`)
  }
  return counts
}

const total = (counts: Map<string, number>) =>
  Array.from(counts.values()).reduce((sum, count) => sum + count, 0)
