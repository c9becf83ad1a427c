import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'

/** Whether a level was reached when a check last found a change. */
export interface Level {
  readonly version: number
  readonly isReached: boolean
  readonly lastId: number
  readonly at: number
}

/** By the key of the budget and the level. */
export type Levels = ReadonlyMap<string, ReadonlyMap<number, Level>>

interface LevelRow {
  readonly name: string
  readonly level: number
  readonly version: number
  readonly is_reached: boolean
  readonly last_id: number
  readonly at: number
}

/** The levels of the budget of this name, or of all. */
export async function readLevels(queries: Queries, name?: string): Promise<Levels> {
  const of = name === undefined ? sql`true` : sql`name = ${keyText(name)}`
  const rows = await queries.rows<LevelRow>(
    sql`SELECT name, level, version, is_reached, last_id, at FROM @budget_levels WHERE ${of}`,
  )
  return new Map(
    [...Map.groupBy(rows, row => row.name)].map(([key, own]) => [
      key,
      new Map(
        own.map(({ level, version, is_reached, last_id, at }) => [
          level,
          { version, isReached: is_reached, lastId: last_id, at },
        ]),
      ),
    ]),
  )
}

/**
 * Replaces a level of a locked budget, unless it is not the one any more that the check has read: then another process has
 * found the same. Returns whether it did.
 */
export async function putLevel(
  queries: Queries,
  name: string,
  next: {
    readonly level: number
    readonly isReached: boolean
    readonly before: Level | undefined
    readonly lastId: number
    readonly at: number
  },
): Promise<boolean> {
  const { level, isReached, before, lastId, at } = next
  const written = await queries.run(
    before === undefined
      ? sql`INSERT INTO @budget_levels (name, level, version, is_reached, last_id, at)
          VALUES (${keyText(name)}, ${level}, nextval('@ids'), ${isReached}, ${lastId}, ${at})
          ON CONFLICT (name, level) DO NOTHING`
      : sql`UPDATE @budget_levels SET version = nextval('@ids'), is_reached = ${isReached}, last_id = ${lastId}, at = ${at}
          WHERE name = ${keyText(name)} AND level = ${level} AND version = ${before.version}`,
  )
  return written > 0
}

/** A level that a budget has no more is not left reached: it may be added again. */
export async function keepLevels(queries: Queries, name: string, kept: readonly number[]): Promise<void> {
  await queries.run(
    sql`DELETE FROM @budget_levels WHERE name = ${keyText(name)} AND NOT level = ANY(${kept}::float8[])`,
  )
}
