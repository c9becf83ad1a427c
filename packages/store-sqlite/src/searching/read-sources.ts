import type { MetricValue, RunEvent } from '@runtape/core'
import {
  folded,
  type SearchedText,
  searchedJson,
  textsOfEvent,
  textsOfRoot,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { countedAt } from '../rows/received-sql.ts'

/** A row and its texts for `search`. */
export interface Source {
  readonly kind: 'span' | 'event'
  readonly id: number
  readonly at: number
  readonly traceId: string | null
  readonly runId: string | null
  /** The value of an event, as it was when its texts were read. */
  readonly value?: string
  readonly texts: readonly (SearchedText & { readonly folded: string | null })[]
}

/** Rows after a mark with their texts, and the new mark. */
export interface SourceStep {
  readonly sources: readonly Source[]
  readonly to: number
}

const eventsAtOnce = 256
const spansAtOnce = 256

/** A root with large payloads takes a few milliseconds. */
const rootsAtOnce = 4

interface EventRow {
  readonly id: number
  readonly run_id: string
  readonly metric: RunEvent['metric']
  readonly value_json: string
  readonly at: number
  readonly trace_id: string | null
}

/** The texts of the next events. */
export function nextEvents(database: Database, after: number): SourceStep | undefined {
  const to = lastOf(database, 'run_events', after, eventsAtOnce)
  if (to === undefined) return undefined
  const rows = database.all<EventRow>(
    `SELECT id, run_id, metric, value_json, ${countedAt} AS at, coalesce(trace_id, of_trace) AS trace_id
     FROM run_events WHERE id > ? AND id <= ? AND replay_trace_id = ''
       AND (metric IN ('feedback', 'outcome') OR metric LIKE 'call:%')`,
    after,
    to,
  )
  const sources = rows.map(row => ({
    kind: 'event' as const,
    id: row.id,
    at: row.at,
    traceId: row.trace_id,
    runId: row.run_id,
    value: row.value_json,
    texts: withFolded(textsOfEvent({ metric: row.metric, value: JSON.parse(row.value_json) as MetricValue })),
  }))
  return { sources: sources.filter(({ texts }) => texts.length > 0), to }
}

interface RootRow {
  readonly id: number
  readonly trace_id: string
  readonly started_at: number
  readonly error_name: string | null
  readonly error_message: string | null
  readonly input: string | null
  readonly output: string | null
}

/** The start of a payload: a part has at least 32,768 characters. */
const startOf = (of: 'input' | 'output'): string => `coalesce(substr(${of}_json, 1, ${searchedJson + 1}), (
    SELECT group_concat(json, '') FROM (SELECT json FROM payloads
      WHERE payloads.trace_id = span_rows.trace_id AND hash >= span_rows.${of}_hash AND hash < span_rows.${of}_hash || ':'
      ORDER BY hash LIMIT 3))) AS ${of}`

/** The texts of the next roots. */
export function nextRoots(database: Database, after: number): SourceStep | undefined {
  const last = lastOf(database, 'span_rows', after, spansAtOnce)
  if (last === undefined) return undefined
  const rows = database.all<RootRow>(
    `SELECT id, trace_id, started_at, error_name, error_message, ${startOf('input')}, ${startOf('output')}
     FROM span_rows WHERE id > ? AND id <= ? AND parent_span_id IS NULL AND test_run_id IS NULL
     ORDER BY id LIMIT ${rootsAtOnce}`,
    after,
    last,
  )
  const to = rows.length < rootsAtOnce ? last : (rows.at(-1)?.id ?? last)
  return { sources: rows.map(sourceOfRoot), to }
}

const sourceOfRoot = (row: RootRow): Source => ({
  kind: 'span',
  id: row.id,
  at: row.started_at,
  traceId: row.trace_id,
  runId: null,
  texts: withFolded(
    textsOfRoot({
      input: row.input ?? 'null',
      output: row.output ?? undefined,
      error: row.error_name === null ? undefined : `${row.error_name}: ${row.error_message ?? ''}`,
    }),
  ),
})

const withFolded = (texts: readonly SearchedText[]): Source['texts'] =>
  texts.map(each => {
    const form = folded(each.text)
    return { ...each, folded: form === each.text ? null : form }
  })

/** The last of the next rows. */
function lastOf(database: Database, table: string, after: number, count: number): number | undefined {
  const row = database.get<{ id: number | null }>(
    `SELECT max(id) AS id FROM (SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${count})`,
    after,
  )
  return row?.id ?? undefined
}
