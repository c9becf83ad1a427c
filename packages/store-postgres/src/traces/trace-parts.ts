import type { Cost, RunEvent, SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { partsOfSpans } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment, markOf, momentOf, momentOfMark } from '../history/moment.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { selectEvents } from '../records/read-runs.ts'
import { readSpans } from '../records/read-spans.ts'

/** The parts of large traces. */
export const tracePartQueries = (
  database: Database,
): Pick<Store['traces'], 'skeleton' | 'payload' | 'search'> =>
  partsOfSpans<string>({
    markAt: async asOf => {
      const moment = await momentOf(database, asOf)
      return database.read(queries => markOf(queries, moment))
    },
    isMark: mark => typeof mark === 'string',
    spans: (traceId, mark) => {
      const isInTrace = sql`trace_id = ${traceId} AND ${isReceived(momentOfMark(mark), 'span')}`
      return database.read(queries => readSpans(queries, isInTrace))
    },
    nanoUsdOf: async (span, mark) => (await callOf(database, span, momentOfMark(mark)))?.nanoUsd,
  })

/** The cost of the call that a span recorded. */
async function callOf(
  database: Database,
  { traceId, spanId, runId, replay }: SpanRecord,
  moment: Moment,
): Promise<Cost | undefined> {
  if (runId === undefined) return undefined
  const [row] = await database.rows<EventRow>(
    sql`${selectEvents(moment)} WHERE event.run_id = ${keyText(runId)} AND event.metric = ${`call:${spanId}`}
      AND event.replay_trace_id = ${replay ? traceId : ''}`,
  )
  const event: RunEvent | undefined = row && eventOfRow(row)
  return event?.cost
}
