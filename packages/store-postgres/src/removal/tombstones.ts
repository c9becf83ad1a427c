import { type Tombstone, tombstoneOf } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { raw, type Sql, sql } from '../database/sql.ts'

/** Those that removals made, or that cover what is copied from another store. Default: all. */
type Which = 'of removals' | 'for copies' | 'all'

const conditions: Readonly<Record<Which, Sql>> = {
  'of removals': raw('is_removal'),
  'for copies': raw('NOT is_copied'),
  all: raw('true'),
}

/** The tombstones of these names. */
export async function readTombstones(
  queries: Queries,
  names: readonly string[],
  which: Which = 'all',
): Promise<Map<string, Tombstone>> {
  const rows = await queries.rows<{ name: string; until: number; keeps_totals: boolean }>(
    sql`SELECT name, until, keeps_totals FROM @tombstones WHERE name = ANY(${[...new Set(names)]}::text[])
      AND ${conditions[which]}`,
  )
  return new Map(rows.map(({ name, until, keeps_totals }) => [name, { until, keepsTotals: keeps_totals }]))
}

/**
 * Adds tombstones. One that covers more stays.
 *
 * @param by a `removal` of everything that they name, or a late `record` of a removed context, here or in a copied store
 */
export async function buryAll(
  queries: Queries,
  tombstones: ReadonlyMap<string, Tombstone>,
  by: 'removal' | 'record' | 'copied record',
): Promise<void> {
  if (tombstones.size === 0) return
  const rows = [...tombstones].sort(([a], [b]) => (a < b ? -1 : 1))
  await queries.run(
    sql`INSERT INTO @tombstones AS known (name, until, keeps_totals, is_removal, is_copied)
      SELECT *, ${by === 'removal'}::boolean, ${by === 'copied record'}::boolean
      FROM unnest(${rows.map(([name]) => name)}::text[], ${rows.map(([, { until }]) => until)}::float8[],
        ${rows.map(([, { keepsTotals }]) => keepsTotals)}::boolean[])
      ON CONFLICT (name) DO UPDATE SET until = greatest(known.until, excluded.until),
        keeps_totals = CASE WHEN known.until < excluded.until THEN excluded.keeps_totals ELSE known.keeps_totals END,
        is_removal = known.is_removal OR excluded.is_removal, is_copied = known.is_copied AND excluded.is_copied
      WHERE known.until < excluded.until OR excluded.is_removal > known.is_removal
        OR excluded.is_copied < known.is_copied`,
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
