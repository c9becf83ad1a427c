import { isPossibleTime, withoutPerson } from '@runtape/core/store-helpers'
import type { Step } from '../append/slices.ts'
import type { Database } from '../database/database.ts'
import { nextChange, noteRemoval } from '../history/next-change.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { removeReviewsOfRun } from '../reviews/review-book.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { segmentOf } from '../rows/segments.ts'
import { noText } from '../rows/texts.ts'
import { forgetTexts } from '../searching/forget-texts.ts'
import { keepingNewest } from './newest-rows.ts'
import { eventName, runName, type Tombstones } from './tombstones.ts'

/** Counts of what was removed. */
export interface Tally {
  runs: number
  runEvents: number
  traces: number
  spans: number
  /** Ids of texts that no run may use any more. */
  readonly texts: Set<number>
}

interface Context {
  readonly database: Database
  readonly tombstones: Tombstones
  readonly tally: Tally
  readonly rows: RunRows
}

interface RunToRemove {
  readonly id: number
  readonly first_at: number
  readonly first_id: number
  readonly context_key: number | null
}

/** Number of events removed per step. */
const eventsAtOnce = 100

type StoredRow = EventRow & { readonly id: number }

/** Removes runs completely, or everything except their numbers. */
export function* removingRuns(
  context: Context,
  runs: readonly string[],
  keepsTotals: boolean,
): Generator<Step, void> {
  for (const runId of runs) {
    yield { weight: 200, run: () => begin(context, runId, keepsTotals) }
    // The last step finds fewer events than it may remove, and ends the run.
    for (let isOver = false; !isOver; )
      yield {
        weight: eventsAtOnce * 300,
        run: () => {
          isOver = removeSomeEvents(context, runId, keepsTotals)
          if (isOver) end(context, runId, keepsTotals)
        },
      }
  }
}

/** Must run first: from then on late records are recognized, and bills as of earlier revisions are refused. */
function begin({ database, tombstones, tally }: Context, runId: string, keepsTotals: boolean): void {
  tombstones.bury(runName(runId), { until: null, keepsTotals })
  const run = selectRun(database, runId)
  if (run === undefined) return
  tally.runs++
  noteRemoved(database, run, keepsTotals)
}

const selectRun = (database: Database, runId: string): RunToRemove | undefined =>
  database.get('SELECT id, first_at, first_id, context_key FROM runs WHERE run_id = ?', runId)

const dayMs = 86_400_000

/** Records that past bills included the run, at a time between that of its first event and that of the whole run. */
function noteRemoved(database: Database, { first_at, first_id }: RunToRemove, keepsTotals: boolean): void {
  const first = database.get<{ at: number; received_at: number | null }>(
    'SELECT at, received_at FROM run_events WHERE id = ?',
    first_id,
  )
  const isPossible = first && isPossibleTime(first.at, first.received_at ?? undefined)
  const at = isPossible ? first.at : (first?.received_at ?? first_at)
  database.run(
    `INSERT INTO removed_runs (day, keeps_totals, event_id, since, until, change_id)
     VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) + 1 FROM changes))
     ON CONFLICT (day, keeps_totals) DO UPDATE SET event_id = min(event_id, excluded.event_id),
       since = min(since, excluded.since), until = max(until, excluded.until), change_id = max(change_id, excluded.change_id)`,
    Math.floor(first_at / dayMs),
    Number(keepsTotals),
    first_id,
    Math.min(first_at, at),
    Math.max(first_at, at),
  )
}

/** Records that bills as of this change, or a later one, are without the run. */
function noteRemovedAt(
  database: Database,
  { first_at }: RunToRemove,
  keepsTotals: boolean,
  changeId: number,
): void {
  database.run(
    'UPDATE removed_runs SET change_id = max(change_id, ?) WHERE day = ? AND keeps_totals = ?',
    changeId,
    Math.floor(first_at / dayMs),
    Number(keepsTotals),
  )
}

/** Removes some events. Returns whether none are left. */
function removeSomeEvents({ database, tally }: Context, runId: string, keepsTotals: boolean): boolean {
  const rows = database.all<StoredRow>(
    `SELECT * FROM run_events WHERE run_id = ? LIMIT ${eventsAtOnce}`,
    runId,
  )
  tally.runEvents += rows.length
  keepingNewest(database, () => {
    for (const row of rows) if (!keepsTotals || !keepNumbers(database, row)) deleteEvent(database, row.id)
  })
  return rows.length < eventsAtOnce
}

export function deleteEvent(database: Database, id: number): void {
  forgetTexts(database, 'event', id)
  database.run('DELETE FROM event_prices WHERE event_id = ?', id)
  database.run('DELETE FROM run_events WHERE id = ?', id)
}

/** Keeps the numbers of an event in its row. Returns whether it has any. */
function keepNumbers(database: Database, row: StoredRow, runId?: string): boolean {
  if (row.replay_trace_id !== '') return false
  forgetTexts(database, 'event', row.id)
  const left = withoutPerson(eventOfRow(row), runId)
  if (left === undefined) return false
  const kept = database.run(
    // Unless a late event already has the same identity.
    `UPDATE OR IGNORE run_events SET run_id = ?, value_json = ?, context_key = iif(context_kind IS NULL, NULL, ''),
       context_more_json = NULL, attributes_json = NULL, trace_id = NULL, of_trace = NULL WHERE id = ?`,
    left.runId,
    JSON.stringify(left.value),
    row.id,
  )
  return kept > 0
}

/** Must run last: after a crash, the row leads to the unfinished removal. */
function end(context: Context, runId: string, keepsTotals: boolean): void {
  const { database, tally } = context
  removeReviewsOfRun(database, runId)
  const run = selectRun(database, runId)
  if (run === undefined) return
  if (run.context_key !== null) tally.texts.add(run.context_key)
  noteRemovedAt(database, run, keepsTotals, noteRemoval(database, 'run', runId))
  if (keepsTotals) {
    removeSegment(database, run.id)
    const left = withoutPerson({ runId, metric: 'duration', value: 0 } as never)
    database.run(
      `UPDATE runs SET run_id = ?, trace_id = NULL, context_key = iif(context_key IS NULL, NULL, ${noText}) WHERE id = ?`,
      left?.runId ?? '',
      run.id,
    )
    if (left) nextChange(database, { kind: 'run', id: left.runId })
    return
  }
  removeRow(database, run.id)
}

function removeRow(database: Database, id: number): void {
  removeSegment(database, id)
  database.run('DELETE FROM run_parts WHERE run = ?', id)
  database.run('DELETE FROM run_changes WHERE id = ?', id)
  database.run('DELETE FROM runs WHERE id = ?', id)
}

/** Removes the columns, which have old values. The rows are read instead until the segment is built again. */
function removeSegment(database: Database, row: number): void {
  const segment = segmentOf(row)
  database.run('DELETE FROM run_segments WHERE id = ?', segment.id)
  for (const place of segment.places) database.run('DELETE FROM run_columns WHERE id = ?', place)
}

/** Removes single events: of replays, or feedback of one person on the run of another, which stays. */
export function* removingEvents(
  context: Context,
  ids: readonly number[],
  keepsTotals: boolean,
): Generator<Step, void> {
  for (const id of ids) yield { weight: 300, run: () => removeEvent(context, id, keepsTotals) }
}

function removeEvent(context: Context, id: number, keepsTotals: boolean): void {
  const { database, tombstones, tally, rows } = context
  const row = database.get<StoredRow>('SELECT * FROM run_events WHERE id = ?', id)
  if (row === undefined) return
  tally.runEvents++
  tombstones.bury(eventName(row.run_id, row.metric, row.replay_trace_id))
  const run = row.replay_trace_id === '' ? selectRun(database, row.run_id) : undefined
  if (run) noteRemoved(database, run, keepsTotals)
  keepingNewest(database, () => {
    if (!keepsTotals || !keepNumbers(database, row, row.run_id)) deleteEvent(database, id)
  })
  if (row.trace_id !== null) indexTrace(database, row.run_id, row.trace_id)
  if (run === undefined) return
  removeRow(database, run.id)
  rows.remake(row.run_id)
  nextChange(database, { kind: 'run', id: row.run_id })
  // The run has another row now, so current reads must start again.
  database.run('UPDATE run_state SET texts_epoch = texts_epoch + 1')
}

/** Puts another event of the run into the index of traces, if one has the same trace. */
function indexTrace(database: Database, runId: string, traceId: string): void {
  database.run(
    `UPDATE run_events SET trace_id = of_trace, of_trace = NULL WHERE id = (
       SELECT id FROM run_events WHERE run_id = ? AND replay_trace_id = '' AND of_trace = ? LIMIT 1)`,
    runId,
    traceId,
  )
}
