import type { Step } from '../append/slices.ts'
import { forgetInCohorts } from '../cohorts/remove-cohort.ts'
import type { Database } from '../database/database.ts'
import { noteRemoval } from '../history/next-change.ts'
import { removeReviewsOfTrace } from '../reviews/review-book.ts'
import { removeItemsOf } from '../test-runs/remove-items.ts'
import { keepingNewest, removeSpan } from './newest-rows.ts'
import { deleteEvent, type Tally } from './remove-runs.ts'
import { type Tombstones, traceName } from './tombstones.ts'

interface Context {
  readonly database: Database
  readonly tombstones: Tombstones
  readonly tally: Tally
}

interface Sized {
  readonly id: number
  readonly size: number
}

/** Number of rows looked up at a time. */
const atOnce = 64

/** Removes traces completely: their spans, payloads, items and verdicts, and the events that a replay recorded in them. */
export function* removingTraces(context: Context, traces: readonly string[]): Generator<Step, void> {
  for (const traceId of traces) {
    // The removal is reported first, so that it is also if this process ends before the last step.
    yield {
      weight: 300,
      run: () => {
        context.tombstones.bury(traceName(traceId))
        noteRemoval(context.database, 'trace', traceId)
      },
    }
    let spans = 0
    const countSpan = () => {
      context.tally.spans++
      if (spans++ === 0) context.tally.traces++
    }
    for (const table of ['span_rows', 'payloads'] as const)
      for (const row of rowsOf(context.database, table, traceId))
        yield {
          weight: row.size,
          run: () => {
            // Its id may belong to another trace by now.
            if (table === 'payloads')
              context.database.run('DELETE FROM payloads WHERE id = ? AND trace_id = ?', row.id, traceId)
            else if (removeSpan(context.database, row.id) > 0) countSpan()
          },
        }
    yield { weight: 1000, run: () => removeRest(context, traceId) }
  }
}

const sizes = {
  span_rows: `octet_length(coalesce(input_json, '')) + octet_length(coalesce(output_json, ''))
    + octet_length(coalesce(error_json, '')) + octet_length(coalesce(metadata_json, '')) + 500`,
  payloads: 'octet_length(json) + 100',
}

function* rowsOf(database: Database, table: 'span_rows' | 'payloads', traceId: string): Generator<Sized> {
  for (;;) {
    // The previous rows have been removed.
    const rows = database.all<Sized>(
      `SELECT id, ${sizes[table]} AS size FROM ${table} WHERE trace_id = ? LIMIT ${atOnce}`,
      traceId,
    )
    yield* rows
    if (rows.length < atOnce) return
  }
}

function removeRest({ database, tally }: Context, traceId: string): void {
  removeItemsOf(database, traceId)
  forgetInCohorts(database, traceId)
  removeReviewsOfTrace(database, traceId)
  const events = database.all<{ id: number }>('SELECT id FROM run_events WHERE replay_trace_id = ?', traceId)
  if (events.length === 0) return
  tally.runEvents += events.length
  keepingNewest(database, () => {
    for (const { id } of events) deleteEvent(database, id)
  })
}
