import { folded } from '@runtape/core/store-helpers'

// pg_trgm knows only the letters and digits of the locale of the database: with the locale "C" none beyond ASCII. So each
// UTF-16 unit that is not printable ASCII is replaced by two letters, whatever the locale. A text that contains a term also contains its letters; one
// that contains the letters may still lack the term.

/** The folded text as the index has it: ASCII only. `null` if `lower()` of Postgres does the same. */
export const lettersOf = (text: string): string | null => (isPlain(text) ? null : replaced(folded(text)))

/**
 * A pattern for `LIKE` that every text with the term matches.
 *
 * @param term as `folded` returns it
 */
export const patternOf = (term: string): string => `%${replaced(term).replace(/[\\%_]/g, '\\$&')}%`

/** Whether the index can find candidates for a term: it has three letters or digits in a row. */
export const hasTrigram = (term: string): boolean => /[a-z0-9]{3}/.test(replaced(term))

const isPlain = (text: string): boolean => /^[\t-\r -~]*$/.test(text)

const replaced = (text: string): string => text.replace(/[^\t-\r -~]/g, lettersOfUnit)

const base = 36

function lettersOfUnit(unit: string): string {
  const hash = (Math.imul(unit.charCodeAt(0), 0x9e_37_79_b1) >>> 16) % base ** 2
  return hash.toString(base).padStart(2, '0')
}
