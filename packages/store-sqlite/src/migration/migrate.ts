import type { Database } from '../database/database.ts'
import { applicationId, migrations } from '../schema.ts'
import { addColumns, type NewColumn, type SchemaGuard } from './add-columns.ts'

/** A part of a migration: columns of one table, an index to drop, or other statements. */
type Part = { readonly columns: readonly NewColumn[] } | { readonly drops: string } | { readonly sql: string }

const particular = /ALTER TABLE (\w+) ADD COLUMN ([^;]+);|DROP INDEX (\w+);/g

/** Up to this many events, dropping an index takes a few milliseconds. */
const mostToDropAtOnce = 20_000

/**
 * Brings the schema of a file from `version` up to date. Call inside a transaction.
 *
 * Takes milliseconds for any size of file, because other processes cannot write meanwhile. Data derived from the contents,
 * such as the rows of runs, is built later in small steps.
 *
 * @param guard of a connection that no other code uses
 */
export function migrate(database: Database, version: number, guard: SchemaGuard | undefined): void {
  if (version === migrations.length) return
  if (version === 0) for (const migration of migrations) database.exec(migration)
  else for (const part of migrations.slice(version).flatMap(partsOf)) run(database, part, guard)
  database.exec(`PRAGMA application_id = ${applicationId}`)
  database.exec(`PRAGMA user_version = ${migrations.length}`)
}

function run(database: Database, part: Part, guard: SchemaGuard | undefined): void {
  if ('sql' in part) return database.exec(part.sql)
  if ('columns' in part) return addColumns(database, part.columns, guard)
  // Dropping the index of a large table overwrites all its pages, which takes seconds. `vacuum` drops it.
  const { id } = database.get<{ id: number | null }>('SELECT max(id) AS id FROM run_events') ?? { id: 0 }
  if ((id ?? 0) <= mostToDropAtOnce) database.exec(`DROP INDEX IF EXISTS ${part.drops}`)
}

function partsOf(migration: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of migration.matchAll(particular)) {
    const [whole, table, column, index] = match
    const between = migration.slice(end, match.index)
    end = match.index + whole.length
    if (between.trim() !== '') parts.push({ sql: between })
    if (index !== undefined) parts.push({ drops: index })
    else if (table !== undefined && column !== undefined) addTo(parts, { table, column })
  }
  const rest = migration.slice(end)
  return rest.trim() === '' ? parts : [...parts, { sql: rest }]
}

/** Adds a column to the columns before it. */
function addTo(parts: Part[], column: NewColumn): void {
  const last = parts.at(-1)
  if (last && 'columns' in last) parts.push({ columns: [...(parts.pop() as typeof last).columns, column] })
  else parts.push({ columns: [column] })
}

/** Drops indexes that later versions of the schema do not have, and that large files kept. */
export const dropOldIndexes = (database: Database): void =>
  database.attempt(() => database.exec('DROP INDEX IF EXISTS run_events_time'))
