import type { FieldTest, Filter, Pattern, Term } from './filter.ts'
import { FilterText } from './filter-text.ts'

/**
 * Parses a filter. Terms are separated by spaces and all must hold; `-` before a term negates it.
 *
 * @throws {RuntapeError} `invalid-option` with the position of the problem and what was expected there
 *
 * @example
 * ```ts
 * import { parseFilter } from '@runtape/core/filter'
 *
 * parseFilter('feedback:negative model:gpt-*,o4* cost>0.02 since:7d "late order"')
 * ```
 */
export const parseFilter = (text: string): Filter => parseTerms(text).map(({ term }) => term)

/** A term, and the number of its first character; the first of the text is 1. */
export interface PlacedTerm {
  readonly term: Term
  readonly character: number
}

export function parseTerms(text: string): readonly PlacedTerm[] {
  const source = new FilterText(text)
  const terms: PlacedTerm[] = []
  while (source.skipSpace()) {
    const { character } = source
    terms.push({ term: parseTerm(source), character })
  }
  return terms
}

function parseTerm(source: FilterText): Term {
  const isNegated = source.take('-') !== undefined
  const field = source.takeField()
  if (field !== undefined) return { field, isNegated, test: parseTest(source) }
  const text = source.takePhrase() ?? source.takeWord()
  if (text === undefined || text === '') throw source.problem('a word, a "phrase" or a field')
  source.endTerm()
  return { text, isNegated }
}

function parseTest(source: FilterText): FieldTest {
  const operator = source.take('>=', '<=', '>', '<')
  if (operator !== undefined) return endOf(source, { operator, bound: parseBound(source) })
  source.take(':')
  const first = parseItem(source)
  if (source.take('..'))
    return endOf(source, { operator: '..', from: plain(source, first), to: parseBound(source) })
  const items = [first]
  while (source.take(',')) items.push(parseItem(source))
  return endOf(source, { operator: ':', items })
}

function endOf(source: FilterText, test: FieldTest): FieldTest {
  source.endTerm()
  return test
}

const parseBound = (source: FilterText): string => plain(source, parseItem(source))

function plain(source: FilterText, [text, ...others]: Pattern): string {
  if (text === undefined || others.length > 0) throw source.problem('a value without *')
  return text
}

/** Pieces without a space between them: characters, phrases and `*`. */
function parseItem(source: FilterText): Pattern {
  const parts: string[] = []
  let text: string | undefined
  for (;;) {
    if (source.take('*')) {
      // Consecutive wildcards count as one.
      if (text !== undefined || parts.length === 0) parts.push(text ?? '')
      text = undefined
      continue
    }
    const piece = source.takePhrase() ?? source.takeCharacters()
    if (piece === undefined) break
    text = (text ?? '') + piece
  }
  if (text === undefined && parts.length === 0) throw source.problem('a value')
  return [...parts, text ?? '']
}
