import type { Run } from '@runtape/core'
import { runOfEvents } from '@runtape/core/store-helpers'
import type { Database } from './database.ts'
import { type EventRow, eventOfRow } from './event-rows.ts'
import { encodeText } from './exact-text.ts'

/** Runs from their first `mark` events, in the order of `ids`. */
export function runsWithIds(database: Database, ids: readonly string[], mark: number): Run[] {
  const rows = database.all<EventRow>(
    `SELECT * FROM run_events
     WHERE run_id IN (SELECT value FROM json_each(?)) AND replay_trace_id = '' AND id <= ?
     ORDER BY at, id`,
    JSON.stringify(ids.map(encodeText)),
    mark,
  )
  const byRun = Map.groupBy(rows, row => row.run_id)
  return ids.flatMap(
    id => runOfEvents((byRun.get(id) ?? []).map(eventOfRow), spanTraceOf(database, id)) ?? [],
  )
}

function spanTraceOf(database: Database, runId: string): string | undefined {
  return database.get<{ trace_id: string }>(
    `SELECT trace_id FROM spans
     WHERE run_id = ? AND test_run_id IS NULL ORDER BY started_at, id LIMIT 1`,
    runId,
  )?.trace_id
}
