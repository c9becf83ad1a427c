import { type Tombstone, tombstoneOf } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** The tombstones of these names. */
export async function readTombstones(
  queries: Queries,
  names: readonly string[],
): Promise<Map<string, Tombstone>> {
  const rows = await queries.rows<{ name: string; until: number; keeps_totals: boolean }>(
    sql`SELECT name, until, keeps_totals FROM @tombstones WHERE name = ANY(${[...new Set(names)]}::text[])`,
  )
  return new Map(rows.map(({ name, until, keeps_totals }) => [name, { until, keepsTotals: keeps_totals }]))
}

/**
 * Adds tombstones. One that covers more stays.
 *
 * @param by a `removal` of everything that they name, or a late `record` of a removed context
 */
export async function buryAll(
  queries: Queries,
  tombstones: ReadonlyMap<string, Tombstone>,
  by: 'removal' | 'record',
): Promise<void> {
  if (tombstones.size === 0) return
  const rows = [...tombstones].sort(([a], [b]) => (a < b ? -1 : 1))
  await queries.run(
    sql`INSERT INTO @tombstones AS known (name, until, keeps_totals, is_removal)
      SELECT *, ${by === 'removal'}::boolean FROM unnest(${rows.map(([name]) => name)}::text[], ${rows.map(([, { until }]) => until)}::float8[],
        ${rows.map(([, { keepsTotals }]) => keepsTotals)}::boolean[])
      ON CONFLICT (name) DO UPDATE SET until = greatest(known.until, excluded.until),
        keeps_totals = CASE WHEN known.until < excluded.until THEN excluded.keeps_totals ELSE known.keeps_totals END,
        is_removal = known.is_removal OR excluded.is_removal
      WHERE known.until < excluded.until OR excluded.is_removal > known.is_removal`,
  )
}

/** A run or a trace. */
export interface Named {
  readonly runId?: string | undefined
  readonly traceId?: string | undefined
}

/**
 * Says whether a run or a trace was removed, or is being removed, so that nothing about it may be written. Call it in the
 * transaction that writes.
 */
export async function buriedAmong(queries: Queries, all: readonly Named[]): Promise<(one: Named) => boolean> {
  const names = [...new Set(all.flatMap(namesOf))]
  const rows = await queries.rows<{ name: string }>(
    sql`SELECT name FROM @tombstones WHERE name = ANY(${names}::text[]) AND is_removal`,
  )
  const buried = new Set(rows.map(({ name }) => name))
  return one => namesOf(one).some(name => buried.has(name))
}

const namesOf = ({ runId, traceId }: Named): string[] => [
  ...(runId === undefined ? [] : [tombstoneOf('run', runId)]),
  ...(traceId === undefined ? [] : [tombstoneOf('trace', traceId)]),
]
