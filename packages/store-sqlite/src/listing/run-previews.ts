import type { Run, RunPreview } from '@runtape/core/store'
import { previewLength, previewOf } from '@runtape/core/store-helpers'
import { startOfPayload } from '../append/payload-parts.ts'
import type { Database } from '../database/database.ts'
import type { Revision } from '../history/revisions.ts'

interface PreviewRow {
  readonly input: string | null
  readonly output: string | null
}

const start = (json: string, hash: 'input_hash' | 'output_hash'): string =>
  `substr(coalesce(${json}, ${startOfPayload(hash)}), 1, ${previewLength + 1})`

const selectStart = `SELECT ${start('input_json', 'input_hash')} AS input, ${start('output_json', 'output_hash')} AS output
  FROM span_rows`

const first = 'AND id <= ? ORDER BY started_at, span_id LIMIT 1'
const selectRoot = `${selectStart} WHERE trace_id = ? AND parent_span_id IS NULL ${first}`
const selectOwn = `${selectStart} WHERE run_id = ? AND trace_id = ? ${first}`

// Each finds one row by an index, however large the trace is.
const othersSql = ['<', '>']
  .flatMap(differs => [
    `EXISTS (SELECT 1 FROM run_events WHERE trace_id = ? AND replay_trace_id = '' AND run_id ${differs} ? AND id <= ?)`,
    `EXISTS (SELECT 1 FROM span_rows WHERE trace_id = ? AND run_id IS NOT NULL AND run_id ${differs} ? AND id <= ?)`,
  ])
  .join(' OR ')

/** Input and output from the root of its trace or, if the trace has several runs, from the run's first call. */
export function previewOfRun(
  database: Database,
  { runId, traceId }: Pick<Run, 'runId' | 'traceId'>,
  { eventId, spanId }: Pick<Revision, 'eventId' | 'spanId'>,
): RunPreview | undefined {
  if (traceId === undefined) return undefined
  const others = [eventId, spanId, eventId, spanId].flatMap(most => [traceId, runId, most])
  const hasOthers = database.get<{ has: number }>(`SELECT ${othersSql} AS has`, ...others)?.has === 1
  const row = hasOthers
    ? database.get<PreviewRow>(selectOwn, runId, traceId, spanId)
    : database.get<PreviewRow>(selectRoot, traceId, spanId)
  return row && previewOf(row.input ?? undefined, row.output ?? undefined)
}
