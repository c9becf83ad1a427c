import { folded } from '../search/fold-text.ts'
import type { RunFilter } from '../store/runs/runs.ts'
import type { SearchQuery } from '../store/traces/search.ts'
import { type Checked, type Checks, limitOf, moment, read, runFilterChecks, text } from './read-query.ts'
import { searchedText } from './read-trace-parts.ts'

const searchChecks = {
  ...runFilterChecks,
  text: searchedText,
  limit: limitOf('hits', 'Omit it for 50.'),
  cursor: text,
  asOf: moment,
} satisfies Checks<SearchQuery>

/** A search with checked arguments. */
export type CheckedSearch = Checked<SearchQuery> & { readonly term: string; readonly limit: number }

/** The arguments of `search`, as every store reads them. */
export function readSearchQuery(query: SearchQuery): CheckedSearch {
  const checked = read(query, searchChecks) as Checked<SearchQuery>
  searchedText('text', checked.text)
  return { ...checked, limit: checked.limit ?? 50, term: folded(checked.text) }
}

const others: ReadonlySet<string> = new Set(['text', 'term', 'limit', 'cursor', 'since', 'until', 'asOf'])

/** Whether a search selects by fields of runs, so that a trace without a run is no hit. */
export const needsRun = (query: CheckedSearch): boolean => Object.keys(query).some(name => !others.has(name))

/** The fields of a search that select runs. */
export function runFilterOf(query: CheckedSearch): Checked<RunFilter> {
  const { text: _text, term: _term, limit: _limit, cursor: _cursor, asOf: _asOf, ...filter } = query
  return filter
}
