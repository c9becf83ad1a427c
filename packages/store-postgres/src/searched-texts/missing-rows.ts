import type { Queries } from '../database/database.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import type { Snapshot } from '../history/snapshot.ts'
import type { Place } from './search-state.ts'

/** A row of events or spans. */
export interface NewRow extends Place {
  readonly kind: 'event' | 'span'
  /** Whether it can have texts for `search`. */
  readonly is_source: boolean
}

const isSource = {
  event: `(source.replay_trace_id = '' AND (source.metric IN ('feedback', 'outcome') OR source.metric LIKE 'call:%'))`,
  span: '(source.parent_span_id IS NULL AND source.test_run_id IS NULL)',
} as const

const tables = { event: '@run_events', span: '@spans' } as const

/**
 * The first rows of other transactions than those of a snapshot, in the order of `Place`. Costs what it finds, however long
 * a transaction has been open.
 *
 * @param also a further condition on `source`
 */
export const rowsNotIn = (queries: Queries, snapshot: Snapshot, also: Sql, most: number): Promise<NewRow[]> =>
  select(queries, snapshot, () => also, most)

/** Whether there are texts of other transactions. */
export async function isMissing(queries: Queries, snapshot: Snapshot, also: Sql): Promise<boolean> {
  const found = await select(queries, snapshot, kind => allOf([raw(isSource[kind]), also]), 1)
  return found.length > 0
}

function select(
  queries: Queries,
  { end, open }: Snapshot,
  also: (kind: NewRow['kind']) => Sql,
  most: number,
): Promise<NewRow[]> {
  const isOther = [
    sql`source.xid >= ${String(end)}::text::xid8`,
    ...(open.length > 0 ? [sql`source.xid = ANY(${open.map(String)}::text[]::xid8[])`] : []),
  ]
  const parts = (['event', 'span'] as const).flatMap(kind =>
    isOther.map(
      condition => sql`(SELECT source.xid, source.id, ${kind}::text AS kind, ${raw(isSource[kind])} AS is_source
        FROM ${raw(tables[kind])} AS source WHERE ${allOf([condition, also(kind)])}
        ORDER BY source.xid, source.id LIMIT ${most}::bigint)`,
    ),
  )
  return queries.rows<NewRow>(
    sql`SELECT xid::text AS xid, id, kind, is_source FROM (${joined(parts, ' UNION ALL ')}) AS found
      ORDER BY found.xid, found.id LIMIT ${most}::bigint`,
  )
}
