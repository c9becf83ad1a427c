import { composed, folded } from './fold-text.ts'

/** Part of a text around a match. */
export interface Excerpt {
  readonly excerpt: string
  readonly match: readonly [start: number, end: number]
}

const before = 60
const longest = 200

/**
 * Part of a text around the first match, in one line; `undefined` if the text does not contain it.
 *
 * @param term as `folded` returns it
 */
export function excerptOf(text: string, term: string): Excerpt | undefined {
  const at = folded(text).indexOf(term)
  if (at === -1) return undefined
  const shown = composed(text)
  const start = between(shown, Math.max(0, at - before))
  const end = between(shown, Math.min(shown.length, start + longest))
  const left = start > 0 ? '…' : ''
  const inside = shown.slice(start, end).replace(/[\s\p{Cc}]/gu, ' ')
  const from = at - start + left.length
  const to = Math.min(at + term.length, end) - start + left.length
  return { excerpt: left + inside + (end < shown.length ? '…' : ''), match: [from, to] }
}

/** The position, or the one before it if it splits a surrogate pair. */
function between(text: string, at: number): number {
  const char = text.charCodeAt(at)
  return at > 0 && char >= 0xdc00 && char <= 0xdfff ? at - 1 : at
}
