import { type FieldTest, type Filter, isText, type Pattern, type Term } from './filter.ts'

/**
 * Prints a filter as text; `parseFilter` parses it to the same filter.
 *
 * @example
 * ```ts
 * import { formatFilter } from '@runtape/core/filter'
 *
 * formatFilter([{ field: 'model', isNegated: true, test: { operator: ':', items: [['gpt-', '']] } }]) // '-model:gpt-*'
 * ```
 */
export const formatFilter = (filter: Filter): string => filter.map(formatTerm).join(' ')

/** Prints one term, for example for a chip. */
export function formatTerm(term: Term): string {
  const sign = term.isNegated ? '-' : ''
  return isText(term) ? sign + formatText(term.text) : `${sign}${term.field}${formatTest(term.test)}`
}

function formatTest(test: FieldTest): string {
  if (test.operator === '..') return `:${quoted(test.from)}..${quoted(test.to)}`
  if (test.operator !== ':') return test.operator + quoted(test.bound)
  return `:${test.items.map(formatPattern).join()}`
}

const formatPattern = (pattern: Pattern): string =>
  pattern.length === 1
    ? quoted(pattern[0] ?? '')
    : pattern.map(part => (part === '' ? '' : quoted(part))).join('*')

/** Characters that a word must not contain, because they would end it. */
const formatText = (text: string): string => (/^[^\s"\-:<>][^\s":<>]*$/.test(text) ? text : inQuotes(text))

const quoted = (text: string): string =>
  /^(?:[^\s,"*.\\<>=]|\.(?!\.|$))+$/.test(text) && !text.startsWith('.') ? text : inQuotes(text)

const inQuotes = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
