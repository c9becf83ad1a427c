import { conditionsOf, type Filter, formatFilter, isText, parseFilter, type Term } from '@runtape/core/filter'
import type { Zone } from '../numbers/times.ts'
import { parameter, setParameters } from './address.ts'

/** The filter in the address, or why it cannot be read. */
export type ReadFilter = { readonly terms: Filter } | { readonly terms: Filter; readonly problem: string }

export function filterText(): string {
  return parameter('q')
}

/**
 * The terms of a text.
 *
 * @throws with the field or value that a filter cannot have
 */
export function checkedFilter(text: string): Filter {
  const terms = parseFilter(text)
  // Times are read by the store, which knows the zone of a date.
  conditionsOf(terms, { time: () => 0 })
  return terms
}

export function readFilter(text = filterText()): ReadFilter {
  try {
    return { terms: checkedFilter(text) }
  } catch (error) {
    return { terms: [], problem: (error as Error).message }
  }
}

export const zone = (): Zone => (parameter('tz') === 'local' ? 'local' : 'UTC')

const isField = (name: string) => (term: Term) => !isText(term) && term.field === name

/** The period of the filter: `14d` if it names none. */
export function period(): string {
  const term = readFilter().terms.find(isField('since'))
  return term && !isText(term) && term.test.operator === ':' ? textOf(term) : '14d'
}

const textOf = (term: Term): string => formatFilter([term]).replace(/^-?since:/, '')

/** The filter without its period, which has controls of its own. */
export const withoutPeriod = (terms: Filter): Filter =>
  terms.filter(term => !isField('since')(term) && !isField('until')(term))

/** The filter for a question, with the period that is shown. */
export function wholeFilter(): string {
  const { terms } = readFilter()
  const hasPeriod = terms.some(term => isField('since')(term) || isField('until')(term))
  return formatFilter(hasPeriod ? terms : [...terms, ...parseFilter(`since:${period()}`)])
}

export function setPeriod(since: string): void {
  const rest = formatFilter(withoutPeriod(readFilter().terms))
  setParameters({ q: [rest, since === '14d' ? '' : `since:${since}`].filter(Boolean).join(' ') })
}

export const setFilter = (terms: Filter): void => setParameters({ q: formatFilter(terms) })
