import type { UsageQuery } from '@runtape/core/store'
import { type Checked, timeLabels } from '@runtape/core/store-helpers'
import { raw, type Sql, sql } from '../database/sql.ts'

export type TimeName = 'bucket' | 'hour' | 'day' | 'month'

export const quarterMs = 900_000

/** The quarter of an hour in which a run began. */
export const quarterOfRun = raw(`floor(floor(run.first_at) / ${quarterMs})`)

/** The groups by time of a query. */
export interface TimeGroups {
  /** The labels of each group, in the order of the names. */
  readonly labels: readonly (readonly string[])[]
  /** The number of the group for each of the given units. */
  readonly ofUnit: ReadonlyMap<number, number>
}

/** Every label of a time zone applies to whole quarters of an hour; that of a bucket to parts of it. */
export const unitOf = (names: readonly TimeName[], bucketMs: number | undefined): number =>
  names.includes('bucket') && bucketMs !== undefined ? divisor(quarterMs, bucketMs) : quarterMs

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** Numbers the groups of the units of time. */
export function timeGroups(
  units: Iterable<number>,
  unitMs: number,
  names: readonly TimeName[],
  { timeZone, bucketMs }: Pick<Checked<UsageQuery>, 'timeZone' | 'bucketMs'>,
): TimeGroups {
  const labelsAt = timeLabels(timeZone, bucketMs)
  const [labels, ofUnit, known]: [string[][], Map<number, number>, Map<string, number>] = [
    [],
    new Map(),
    new Map(),
  ]
  for (const unit of units) {
    const own = names.map(name => labelsAt[name](unit * unitMs))
    const key = own.join(' ')
    const number = known.get(key) ?? labels.length
    if (number === labels.length) labels.push(own)
    known.set(key, number)
    ofUnit.set(unit, number)
  }
  return { labels, ofUnit }
}

/** How SQL finds the group of a row. */
export interface GroupOfRow {
  readonly column: Sql
  readonly join: Sql
}

/** Units in a longer period are looked up in a table: a list with a place for each would be too long. */
const longestList = 400_000

/** The number of the group of each row, from its unit of time. Rows of other units have none. */
export function groupOfRow(unit: Sql, { ofUnit }: TimeGroups): GroupOfRow {
  const units = [...ofUnit.keys()]
  const first = units.reduce((least, each) => Math.min(least, each), Infinity)
  const last = units.reduce((most, each) => Math.max(most, each), -Infinity)
  if (last - first >= longestList)
    return {
      column: raw('times.number'),
      join: sql`LEFT JOIN unnest(${units}::float8[], ${[...ofUnit.values()]}::int[]) AS times(unit, number) ON times.unit = ${unit}`,
    }
  // No NULL: Postgres finds a place in a list that has one by reading all places before it.
  const list = Array.from(
    { length: units.length === 0 ? 0 : last - first + 1 },
    (_, at) => ofUnit.get(first + at) ?? -1,
  )
  const place = sql`(${unit} - ${units.length === 0 ? 0 : first}::float8)`
  return {
    column: sql`CASE WHEN ${place} >= 0 AND ${place} < ${list.length} THEN nullif((${list}::int[])[${place}::int + 1], -1) END`,
    join: raw(''),
  }
}
