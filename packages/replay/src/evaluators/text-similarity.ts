import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluator } from './evaluator.ts'
import { scoreOfErrors } from './score-errors.ts'
import { unreadOutputs } from './unread-outputs.ts'

export interface TextSimilarityOptions<TResult> {
  /** The lowest passing score. Default: 0.8. */
  readonly threshold?: number
  /** Returns the text of an output. Default: a string itself, otherwise its JSON. */
  readonly textOf?: (output: TResult) => string
}

/**
 * Similarity of the texts of both outputs: 1 for equal words in equal order, 0 for no common word. Ignores case, punctuation and
 * white space, and does not understand meaning: use `judge` for that. Outputs that cannot be read completely get no score, unless
 * `textOf` is given.
 */
export function textSimilarity<TInput = readonly unknown[], TResult = unknown>({
  threshold = 0.8,
  textOf,
}: TextSimilarityOptions<TResult> = {}): Evaluator<TInput, TResult> {
  return {
    name: 'text-similarity',
    version: '1',
    comparesWithRecording: true,
    evaluate: evaluation => {
      const errors = scoreOfErrors(evaluation as never)
      if (errors) return errors
      const { originalOutput, result } = evaluation
      // The application's text may cover everything that matters.
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

/** Of words and of pairs of neighbouring words: twice the common ones, divided by the total. */
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
