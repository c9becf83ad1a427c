import type { Run, RunPreview } from '@runtape/core/store'
import { previewLength, previewOf } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment } from '../history/moment.ts'
import { payloadStart } from '../records/payload-start.ts'

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
  const rows = await queries.rows<StartsRow>(
    sql`SELECT u.place::int AS place, asked.json AS input, asked.blob AS input_blob,
        answer.json AS output, answer.blob AS output_blob
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
      ) AS span
      LEFT JOIN LATERAL ${payloadStart('span', 'input', previewLength + 1)} AS asked ON true
      LEFT JOIN LATERAL ${payloadStart('span', 'output', previewLength + 1)} AS answer ON true`,
  )
  const previews = new Map<string, RunPreview>()
  for (const row of rows) {
    const preview = previewOf(startOf(row.input, row.input_blob), startOf(row.output, row.output_blob))
    if (preview) previews.set(traced[row.place - 1]?.runId ?? '', preview)
  }
  return previews
}

interface StartsRow {
  readonly place: number
  readonly input: string | null
  readonly input_blob: string | null
  readonly output: string | null
  readonly output_blob: string | null
}

/** Of a payload in the blob store the database has less: it is filled up. */
const startOf = (json: string | null, blob: string | null): string | undefined =>
  blob === null ? (json ?? undefined) : json?.padEnd(previewLength + 1)

const hasOthers = (moment: Moment): Sql =>
  sql`EXISTS (SELECT 1 FROM @run_events AS event WHERE event.trace_id = u.trace_id AND event.replay_trace_id = ''
      AND event.run_id <> u.run_id AND ${isReceived(moment, 'event')})
    OR EXISTS (SELECT 1 FROM @spans AS other WHERE other.trace_id = u.trace_id AND other.run_id IS NOT NULL
      AND other.run_id <> u.run_id AND ${isReceived(moment, 'other')})`
