import { RuntapeError } from '../errors.ts'
import type { Checked } from '../query/read-query.ts'
import type { FacetField } from '../store/runs/facets.ts'
import type { UsageQuery } from '../store/runs/usage.ts'

/** Runs that a store no longer has unchanged. */
export interface RemovedRuns {
  /** Start of their times. */
  readonly since: number
  /** End of their times. */
  readonly until: number
  /** Whether their numbers were kept, without the person. */
  readonly keepsTotals: boolean
}

/** A query of runs as of a revision: for a bill, or for the values of a field. */
export type PastQuery = Pick<Checked<UsageQuery>, 'since' | 'until' | 'contextKey' | 'traceId' | 'where'> & {
  readonly field?: FacetField
}

/** Whether the answer to a query may have included some of these runs and would now differ. */
export function wasIn({ since, until, keepsTotals }: RemovedRuns, query: PastQuery): boolean {
  if (keepsTotals && !needsPerson(query)) return false
  return until >= (query.since ?? -Infinity) && since < (query.until ?? Infinity)
}

/** Whether an answer needs erased data of a run, even if its numbers are kept. */
export const needsPerson = ({ contextKey, traceId, field, where = [] }: PastQuery): boolean =>
  contextKey !== undefined ||
  traceId !== undefined ||
  where.some(condition => condition.kind === 'search' || !keptFields.has(condition.field)) ||
  field === 'contextKey' ||
  field === 'error' ||
  field === 'comment'

/** Filter fields that stay known after a person was erased. */
const keptFields: ReadonlySet<string> = new Set([
  'status',
  'feedback',
  'config',
  'variation',
  'version',
  'model',
  'provider',
  'context.kind',
  'cost',
  'tokens',
  'in',
  'out',
  'cached',
  'duration',
  'ttft',
])

/** The error for a past bill that can no longer be computed. */
export const periodPruned = (): RuntapeError =>
  new RuntapeError(
    'period-pruned',
    'Some runs of this bill have since been pruned or erased, so its state at asOf is no longer known. Omit asOf for the current bill, or pass a revision or time after the removal.',
  )
