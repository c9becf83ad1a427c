import type { UsageQuery } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { allOf, joined, raw, type Sql, sql } from '../database/sql.ts'
import type { Moment } from '../history/moment.ts'
import { quarterMs, quarterOfRun } from './times.ts'

type Query = Checked<UsageQuery>

/** The quarters of an hour in which runs of the query may have begun. */
export interface Quarters {
  /** All of them, in order. */
  readonly all: readonly number[]
  /** Those whose kept sums hold at the moment. */
  readonly kept: readonly number[]
  /** The others. */
  readonly changed: readonly number[]
}

/** @param needs a condition on what is `kept` of a quarter */
export async function readQuarters(
  queries: Queries,
  { since, until }: Query,
  moment: Moment,
  needs = raw('true'),
): Promise<Quarters> {
  const [from, to] = [raw(`quarter * ${quarterMs}`), raw(`(quarter + 1) * ${quarterMs}`)]
  const isWhole = allOf([
    since === undefined ? undefined : sql`${from} >= ${since}`,
    until === undefined ? undefined : sql`${to} <= ${until}`,
  ])
  const rows = await queries.rows<{ quarter: number; is_kept: boolean }>(
    sql`SELECT quarter, kept.last_xid IS NOT NULL AND changed.is_changed IS NULL AND ${holds(moment)} AND ${isWhole} AND ${needs} AS is_kept
      FROM @usage_quarters AS kept
      FULL JOIN (SELECT DISTINCT quarter, true AS is_changed FROM @usage_changes) AS changed USING (quarter)
      WHERE ${allOf([
        since === undefined ? undefined : sql`${to} > ${since}`,
        until === undefined ? undefined : sql`${from} < ${until}`,
      ])} ORDER BY quarter`,
  )
  const those = (isKept: boolean) => rows.flatMap(row => (row.is_kept === isKept ? [row.quarter] : []))
  return { all: rows.map(row => row.quarter), kept: those(true), changed: those(false) }
}

/** The sums have nothing that came after the moment. */
function holds(moment: Moment): Sql {
  if (moment.is === 'now') return raw('true')
  if (moment.is === 'time') return sql`kept.last_at <= ${moment.at}::bigint`
  // All transactions before it had ended.
  return sql`kept.last_xid < ${moment.snapshot.split(':')[0]}::bigint`
}

/** More ranges than this are not looked up in the index of times. */
const mostRanges = 40

/** The condition that a run began in one of these quarters. */
export function isInQuarters(quarters: readonly number[]): Sql {
  const ranges: [from: number, to: number][] = []
  for (const quarter of quarters) {
    const last = ranges.at(-1)
    if (last && last[1] === quarter) last[1] = quarter + 1
    else ranges.push([quarter, quarter + 1])
  }
  if (ranges.length > mostRanges) return sql`${quarterOfRun} = ANY(${quarters}::float8[])`
  const isIn = ranges.map(
    ([from, to]) => sql`(run.first_at >= ${from * quarterMs} AND run.first_at < ${to * quarterMs})`,
  )
  return isIn.length === 0 ? raw('false') : sql`(${joined(isIn, ' OR ')})`
}
