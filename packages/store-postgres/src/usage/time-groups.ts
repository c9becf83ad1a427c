import { timeLabels } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'

export type TimeName = 'bucket' | 'hour' | 'day' | 'month'

const quarterMs = 900_000

/** Every label of a time zone applies to whole quarters of an hour; that of a bucket to parts of it. */
function unitOf(names: readonly TimeName[], bucketMs: number | undefined): number {
  return names.includes('bucket') && bucketMs !== undefined ? divisor(quarterMs, bucketMs) : quarterMs
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/**
 * The labels of the times of these runs, as a join. `u.<name>` is a label.
 *
 * @returns nothing if there is no time among the dimensions
 */
export async function timeJoin(
  queries: Queries,
  source: Sql,
  names: readonly TimeName[],
  { timeZone, bucketMs }: { readonly timeZone?: string | undefined; readonly bucketMs?: number | undefined },
): Promise<Sql> {
  if (names.length === 0) return raw('')
  const unit = unitOf(names, bucketMs)
  const place = sql`floor(run.first_at / ${unit}::float8)`
  const rows = await queries.rows<{ unit: number }>(sql`SELECT DISTINCT ${place} AS unit FROM ${source}`)
  const labels = timeLabels(timeZone, bucketMs)
  const units = rows.map(row => row.unit)
  const lists = names.map(name => sql`, ${units.map(each => labels[name](each * unit))}::text[]`)
  const all = lists.reduce((list, next) => sql`${list}${next}`, sql`${units}::float8[]`)
  return sql`JOIN unnest(${all}) AS times(unit, ${raw(names.map(name => `${name}_label`).join(', '))})
    ON times.unit = ${place}`
}
