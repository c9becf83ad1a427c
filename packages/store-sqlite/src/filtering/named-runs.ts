import type { Condition } from '@runtape/core/filter'
import type { RunFilter } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { encodeText } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { RevisionView } from '../reading/revision-view.ts'
import { spanTraceOf } from '../records/runs-with-ids.ts'
import type { NumberRow } from '../rows/segments.ts'

/** Runs that a query names by id or trace, and that indexes can look up. */
export interface NamedRuns {
  readonly traceId?: string | undefined
  readonly runIds?: readonly string[] | undefined
}

export function namedRuns({
  traceId,
  where = [],
}: Pick<Checked<RunFilter>, 'traceId' | 'where'>): NamedRuns | undefined {
  const [named] = namesOf(where, 'trace') ?? []
  const found = { traceId: traceId ?? named, runIds: namesOf(where, 'run') }
  return found.traceId === undefined && found.runIds === undefined ? undefined : found
}

/** Values that a filter names without a wildcard; for `trace`, only if it is a single one. */
function namesOf(where: readonly Condition[], field: 'run' | 'trace'): string[] | undefined {
  for (const condition of where) {
    if (condition.kind !== 'matches' || condition.field !== field || condition.isNegated) continue
    const { patterns } = condition
    if (field === 'trace' && patterns.length > 1) continue
    if (patterns.every(({ length }) => length === 1)) return [...new Set(patterns.map(([text = '']) => text))]
  }
  return undefined
}

/** Number of runs that are looked up in one step. */
const runsAtOnce = 64

interface TracedRow extends NumberRow {
  readonly trace_id: string | null
  readonly run_id: string
}

/** The rows of named runs, a few per step, without those that have changed since the revision of the view. */
export function* rowsOfNamed(
  database: Database,
  view: RevisionView,
  named: NamedRuns,
): Generator<readonly NumberRow[], void> {
  const runs = named.runIds ?? runsOfTrace(database, named.traceId ?? '')
  for (let from = 0; from < runs.length; from += runsAtOnce) {
    const ids = new Set(runs.slice(from, from + runsAtOnce).map(encodeText))
    const rows = database.all<TracedRow>(
      'SELECT * FROM runs WHERE run_id IN (SELECT value FROM json_each(?)) AND last_id <= ? AND price_id <= ?',
      JSON.stringify([...ids]),
      view.revision.eventId,
      view.revision.priceId,
    )
    // Not those of earlier steps, which have been read.
    view.leaveOut(ids)
    yield rows.filter(row => isNamed(database, named, row, view.revision.spanId))
  }
}

const runsOfTrace = (database: Database, traceId: string): string[] =>
  database
    .all<{ run_id: string }>(
      `SELECT run_id FROM run_events WHERE trace_id = ? AND replay_trace_id = ''
       UNION SELECT run_id FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL`,
      traceId,
      traceId,
    )
    .map(({ run_id }) => run_id)

/** Whether the query names the run. The trace of a run is looked up in its spans up to `spanId`. */
export const isNamed = (
  database: Database,
  { traceId, runIds }: NamedRuns,
  row: Pick<TracedRow, 'run_id' | 'trace_id'>,
  spanId: number,
): boolean =>
  (runIds === undefined || runIds.includes(row.run_id)) &&
  (traceId === undefined || (row.trace_id ?? spanTraceOf(database, row.run_id, spanId)) === traceId)
