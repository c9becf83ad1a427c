import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RunFilter, UsageDimension, UsageRow } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import type { GroupSums } from '../usage/group-sums.ts'
import { GroupTotals } from './group-totals.ts'
import { readColumns, type SegmentRow, segmentOfRow } from './segment.ts'
import { SegmentSums } from './segment-sums.ts'

/** Number of quarters that are read at a time, and of runs that are added in one turn. */
const [quartersAtOnce, runsAtOnce] = [200, 4096]

export interface SegmentQuery {
  readonly query: Checked<RunFilter>
  readonly groupBy: readonly UsageDimension[]
  readonly quarters: readonly number[]
  /** The labels of the time of a quarter. */
  readonly timesOf: (quarter: number) => UsageRow['group']
}

/** Sums up the runs of quarters that are kept by column. */
export async function sumSegments(queries: Queries, given: SegmentQuery): Promise<GroupSums[]> {
  const { query, groupBy, quarters, timesOf } = given
  const totals = new GroupTotals()
  const sums = new SegmentSums({ query, groupBy, totals })
  const columns = readColumns(groupBy.includes('contextKey'))
  const read = (at: number) => readSegments(queries, columns, quarters.slice(at, at + quartersAtOnce))
  let next = read(0)
  for (let at = 0, runs = 0; at < quarters.length; at += quartersAtOnce) {
    const rows = await next
    // The server works meanwhile.
    next = read(at + quartersAtOnce)
    next.catch(() => {})
    for (const row of rows) {
      const segment = segmentOfRow(row)
      sums.add(segment, timesOf(row.quarter))
      runs += segment.runs
      if (runs < runsAtOnce) continue
      runs = 0
      await nextTurn()
    }
  }
  // Without groups, there is one row even if no run passes.
  if (groupBy.length === 0 && totals.length === 0) totals.add({})
  return totals.sums(() => nextTurn())
}

async function readSegments(
  queries: Queries,
  columns: readonly string[],
  quarters: readonly number[],
): Promise<SegmentRow[]> {
  const [first, last] = [quarters[0], quarters.at(-1)]
  if (first === undefined || last === undefined) return []
  return queries.rows<SegmentRow>(
    sql`SELECT ${raw(columns.join(', '))} FROM @usage_quarters
      WHERE quarter BETWEEN ${first}::float8 AND ${last}::float8 AND quarter = ANY(${quarters}::float8[]) ORDER BY quarter`,
  )
}
