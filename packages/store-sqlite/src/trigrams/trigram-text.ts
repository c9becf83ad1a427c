/** The form in which the index has a folded text. FTS5 ends a text at NUL, and SQLite stores only well-formed texts. */
export const indexed = (folded: string): string =>
  folded.toWellFormed().replace(/[\0\ufffe\uffff]/g, '\ufffd')

/** More do not narrow the result. */
const most = 32

/**
 * The FTS5 query for texts that may contain a term: all have its trigrams. `undefined` if the index cannot help: the term
 * is shorter, or begins or ends within a character.
 *
 * @param term as `folded` returns it
 */
export function trigramQuery(term: string): string | undefined {
  const chars = [...indexed(term)]
  if (chars.length < 3 || !term.isWellFormed()) return undefined
  const trigrams = new Set(chars.slice(2, most + 2).map((_, at) => chars.slice(at, at + 3).join('')))
  return [...trigrams].map(each => `"${each.replaceAll('"', '""')}"`).join(' AND ')
}
