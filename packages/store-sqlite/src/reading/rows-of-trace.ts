import type { Database } from '../database/database.ts'
import { encodeText } from '../database/exact-text.ts'
import { spanTraceOf } from '../records/runs-with-ids.ts'
import type { NumberRow } from '../rows/segments.ts'
import type { RevisionView } from './revision-view.ts'

/** Number of runs looked up at a time. */
const runsAtOnce = 64

interface TracedRow extends NumberRow {
  readonly trace_id: string | null
  readonly run_id: string
}

/** The rows of the runs of a trace, a few at a time, without those that have changed since the revision of the view. */
export function* rowsOfTrace(
  database: Database,
  view: RevisionView,
  traceId: string,
): Generator<readonly NumberRow[], void> {
  const runs = database.all<{ run_id: string }>(
    `SELECT run_id FROM run_events WHERE trace_id = ? AND replay_trace_id = ''
     UNION SELECT run_id FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL`,
    traceId,
    traceId,
  )
  for (let from = 0; from < runs.length; from += runsAtOnce) {
    const ids = JSON.stringify(runs.slice(from, from + runsAtOnce).map(({ run_id }) => encodeText(run_id)))
    const rows = database.all<TracedRow>(
      'SELECT * FROM runs WHERE run_id IN (SELECT value FROM json_each(?)) AND last_id <= ? AND price_id <= ?',
      ids,
      view.revision.eventId,
      view.revision.priceId,
    )
    view.leaveOutAll()
    yield rows.filter(row => isOfTrace(database, traceId, row))
  }
}

/** Whether a run was recorded in the trace. */
export const isOfTrace = (
  database: Database,
  traceId: string,
  row: Pick<TracedRow, 'run_id' | 'trace_id'>,
): boolean => (row.trace_id ?? spanTraceOf(database, row.run_id)) === traceId
