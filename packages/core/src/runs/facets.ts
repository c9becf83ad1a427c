import type { FeedbackValue, MetricValue, OutcomeValue } from '../records/records.ts'
import type { Facets, FacetValue } from '../store/runs/facets.ts'

/** A field whose values are texts of an event, and which runs can have one. */
export interface FacetText {
  readonly metric: 'outcome' | 'feedback'
  textOf(value: MetricValue): string | undefined
}

export const facetTexts: Readonly<Record<'error' | 'comment', FacetText>> = {
  error: {
    metric: 'outcome',
    textOf: value => {
      const { error } = value as OutcomeValue
      return error?.message || error?.name
    },
  },
  comment: { metric: 'feedback', textOf: value => (value as FeedbackValue).comment },
}

export const compareFacets = (a: FacetValue, b: FacetValue): number =>
  b.runs - a.runs || (a.value < b.value ? -1 : 1)

/** The first values of a sorted list, and a summary of the others. */
export function facetsOf(sorted: readonly FacetValue[], limit = 20): Facets {
  const others = sorted.slice(limit)
  const runs = others.reduce((sum, each) => sum + each.runs, 0)
  return {
    values: sorted.slice(0, limit),
    ...(others.length > 0 && { others: { values: others.length, runs } }),
  }
}
