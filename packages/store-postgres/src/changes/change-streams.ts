import type { Change } from '@runtape/core/store'
import { raw, type Sql, sql } from '../database/sql.ts'
import { streamTables } from '../history/streams.ts'

/** A row of a stream. */
export interface Found {
  readonly stream: number
  readonly xid: string
  readonly id: number
  /** `null` if the row is no change. */
  readonly kind: Change['kind'] | null
  readonly about: string | null
  readonly is_removed: boolean
  /** Has the id in full if `about` is a short form of it. */
  readonly record: string | null
}

type Table = (typeof streamTables)[number]

/** Whether a column may have a short form: see `keyText`. */
const isLong = (column: string) => `length(${column}) > 100`

const run = `CASE WHEN event.replay_trace_id = '' THEN 'run' END AS kind, event.run_id AS about, false AS is_removed,
  CASE WHEN ${isLong('event.run_id')} THEN event.record END AS record`

/** The columns of `Found`, of the rows `one` of a table. */
const columns: Readonly<Record<Table, string>> = {
  removal_changes: `one.kind, one.about, one.is_removed, CASE WHEN NOT one.is_removed AND ${isLong('one.about')}
    THEN (SELECT event.record FROM @run_events AS event WHERE event.run_id = one.about LIMIT 1) END AS record`,
  changes: 'one.kind, one.about, false AS is_removed, NULL AS record',
  run_events: `${run.replaceAll('event.', 'one.')}`,
  event_prices: run,
  spans: "'trace' AS kind, one.trace_id AS about, false AS is_removed, NULL AS record",
}

const ownKinds: Partial<Record<Table, readonly Change['kind'][]>> = {
  run_events: ['run'],
  event_prices: ['run'],
  spans: ['trace'],
  changes: ['test-run', 'item', 'verdict', 'cohort', 'review', 'view', 'budget', 'health'],
}

/** The kinds of changes that a table can have. */
export const kindsOf = (table: Table): readonly Change['kind'][] =>
  ownKinds[table] ?? ['run', 'trace', ...(ownKinds.changes ?? [])]

/** The first rows of a table, by transaction and id. `where` is about its columns `xid` and `id`. */
export function rowsOfStream(stream: number, where: Sql, limit: number): Sql {
  const table = streamTables[stream] as Table
  const source = raw(
    table === 'event_prices' ? '(SELECT xid, event_id AS id FROM @event_prices) AS own' : `@${table}`,
  )
  const joins = raw(table === 'event_prices' ? 'LEFT JOIN @run_events AS event ON event.id = one.id' : '')
  return sql`(SELECT ${stream}::int AS stream, one.xid::text AS xid, one.id, ${raw(columns[table])}
    FROM (SELECT * FROM ${source} WHERE ${where} ORDER BY xid, id LIMIT ${limit}::bigint) AS one ${joins})`
}
