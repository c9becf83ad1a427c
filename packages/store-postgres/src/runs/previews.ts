import type { Run, RunPreview } from '@runtape/core/store'
import { previewLength, previewOf } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment } from '../history/moment.ts'

/**
 * The input and output of each run's trace: of its root or, if the trace has several runs, of the run's first call.
 *
 * @returns previews by run id
 */
export async function previewsOf(
  queries: Queries,
  runs: readonly Run[],
  moment: Moment,
): Promise<Map<string, RunPreview>> {
  const traced = runs.filter(({ traceId }) => traceId !== undefined)
  if (traced.length === 0) return new Map()
  const traces = traced.map(({ traceId }) => keyText(traceId ?? ''))
  const rows = await queries.rows<{ place: number; input: string | null; output: string | null }>(
    sql`SELECT u.place::int AS place, ${start('input')}, ${start('output')}
      FROM unnest(${traces}::text[], ${traced.map(({ runId }) => keyText(runId))}::text[])
        WITH ORDINALITY AS u(trace_id, run_id, place)
      CROSS JOIN LATERAL (
        SELECT ${hasOthers(moment)} AS has_others
      ) AS of_trace
      CROSS JOIN LATERAL (
        SELECT trace_id, input, output, input_hash, output_hash FROM @spans AS span
        WHERE span.trace_id = u.trace_id AND ${isReceived(moment, 'span')}
          AND CASE WHEN has_others THEN span.run_id = u.run_id ELSE span.parent_span_id IS NULL END
        ORDER BY started_at, span_id LIMIT 1
      ) AS span`,
  )
  const previews = new Map<string, RunPreview>()
  for (const { place, input, output } of rows) {
    const preview = previewOf(input ?? undefined, output ?? undefined)
    if (preview) previews.set(traced[place - 1]?.runId ?? '', preview)
  }
  return previews
}

/** The start of a payload, wherever it is kept. Of one in the blob store the database has less: it is filled up. */
function start(of: 'input' | 'output'): Sql {
  const [text, hash] =
    of === 'input' ? [sql`span.input`, sql`span.input_hash`] : [sql`span.output`, sql`span.output_hash`]
  const whole = sql`CASE WHEN blob IS NULL THEN json ELSE rpad(json, ${previewLength + 1}::int) END`
  const shared = sql`(SELECT ${whole} FROM @payloads AS payload
    WHERE payload.trace_id = span.trace_id AND payload.hash = ${hash})`
  const name = of === 'input' ? sql`input` : sql`output`
  return sql`left(coalesce(${text}, ${shared}), ${previewLength + 1}::int) AS ${name}`
}

const hasOthers = (moment: Moment): Sql =>
  sql`EXISTS (SELECT 1 FROM @run_events AS event WHERE event.trace_id = u.trace_id AND event.replay_trace_id = ''
      AND event.run_id <> u.run_id AND ${isReceived(moment, 'event')})
    OR EXISTS (SELECT 1 FROM @spans AS other WHERE other.trace_id = u.trace_id AND other.run_id IS NOT NULL
      AND other.run_id <> u.run_id AND ${isReceived(moment, 'other')})`
