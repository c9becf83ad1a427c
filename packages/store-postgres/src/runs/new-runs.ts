import type { RunEvent, SpanRecord } from '@runtape/core'
import { runOfEvents } from '@runtape/core/store-helpers'
import { type Columns, rowTable } from '../database/row-table.ts'
import { raw, type Sql, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { type RunRow, runColumns, runRow } from './run-row.ts'

/** A record with the order and the time of its arrival. */
export interface ArrivedRecord<T> {
  readonly record: T
  readonly id: number
  readonly receivedAt: number
}

/** A row for a run of which the store has nothing yet. */
export interface NewRun {
  readonly row: RunRow
  /** When the first and the last of its records were received; absent if there are only spans. */
  readonly received?: { readonly first: number; readonly last: number }
}

/** The rows of the runs of these live records, as if the store had no others of them, in the order of their keys. */
export function newRuns(
  events: readonly ArrivedRecord<RunEvent>[],
  spans: readonly ArrivedRecord<SpanRecord>[],
): NewRun[] {
  const eventsOf = Map.groupBy(events, ({ record }) => keyText(record.runId))
  const spansOf = Map.groupBy(spans, ({ record }) => keyText(record.runId ?? ''))
  const keys = [...new Set([...eventsOf.keys(), ...spansOf.keys()])].sort()
  return keys.map(key => newRun(key, eventsOf.get(key) ?? [], spansOf.get(key) ?? []))
}

function newRun(
  key: string,
  events: readonly ArrivedRecord<RunEvent>[],
  spans: readonly ArrivedRecord<SpanRecord>[],
): NewRun {
  const inOrder = events.toSorted((a, b) => a.id - b.id)
  const times = new Map(inOrder.map(({ record, receivedAt }) => [record, receivedAt]))
  const run = runOfEvents([...times.keys()], {
    spanTraceId: firstTrace(spans),
    receivedAt: event => times.get(event),
  })
  if (run === undefined) return { row: { run_id: key } }
  const all = [...events, ...spans].map(({ receivedAt }) => receivedAt)
  return { row: runRow(run), received: { first: Math.min(...all), last: Math.max(...all) } }
}

/** The trace of the first span. */
function firstTrace(spans: readonly ArrivedRecord<SpanRecord>[]): string | undefined {
  const [first] = spans.toSorted((a, b) => a.record.startedAt - b.record.startedAt || a.id - b.id)
  return first?.record.traceId
}

const columns: Columns<NewRun> = [
  ...runColumns.map(([name, type]) => [name, type, ({ row }: NewRun) => row[name]] as const),
  ['created_at', 'bigint', ({ received }) => received?.first],
  ['changed_at', 'bigint', ({ received }) => received?.last],
]

/** Steps of a `WITH`: `given_runs`, and `made_runs` with the keys of those that were missing. */
export function insertRuns(runs: readonly NewRun[]): Sql {
  const { table, names } = rowTable('u', columns, runs)
  const xid = names.includes('first_at')
    ? 'CASE WHEN first_at IS NOT NULL THEN @current_xid() END'
    : 'NULL::xid8'
  const all = raw(names.join(', '))
  return sql`given_runs AS MATERIALIZED (SELECT * FROM ${table}),
    made_runs AS (INSERT INTO @runs (${all}, created_xid, changed_xid) SELECT ${all}, ${raw(`${xid}, ${xid}`)}
      FROM given_runs ON CONFLICT DO NOTHING RETURNING run_id)`
}
