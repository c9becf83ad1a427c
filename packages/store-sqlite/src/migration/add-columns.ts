import { RuntapeError } from '@runtape/core'
import type { Database } from '../database/database.ts'

/** Lets statements change the schema's own table, or forbids it again: `enableDefensive` of `node:sqlite`. */
export type SchemaGuard = (isOn: boolean) => void

/** A column to add to a table, with its type and constraints. */
export interface NewColumn {
  readonly table: string
  readonly column: string
}

/** End of a `CREATE TABLE` without table constraints: columns cannot follow those. */
const end = /\s*\)\s*STRICT\s*$/

/**
 * Adds columns without reading the table. `ALTER TABLE … ADD COLUMN` checks every row of a STRICT table, which takes
 * two seconds per column and million runs. This changes the text of the schema instead, as SQLite documents
 * ("Making Other Kinds Of Table Schema Changes"): a row that lacks a column has its default.
 */
export function addColumns(
  database: Database,
  columns: readonly NewColumn[],
  guard: SchemaGuard | undefined,
): void {
  const slowly = guard ? withoutGuard(database, columns, guard) : columns
  for (const { table, column } of slowly) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`)
}

/** Returns the columns that need `ALTER TABLE`. */
function withoutGuard(
  database: Database,
  columns: readonly NewColumn[],
  guard: SchemaGuard,
): readonly NewColumn[] {
  const byTable = Object.entries(Object.groupBy(columns, ({ table }) => table))
  const left = byTable.flatMap(([table, own = []]) => {
    const sql = sqlOf(database, table)
    if (!end.test(sql)) return own
    guard(false)
    try {
      writeSql(database, table, sql.replace(end, `, ${own.map(({ column }) => column).join(', ')}$&`))
    } finally {
      guard(true)
    }
    assertColumns(database, own)
    return []
  })
  return left
}

const sqlOf = (database: Database, table: string): string =>
  database.get<{ sql: string }>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", table)
    ?.sql ?? ''

/** Changes the text of a table, and `schema_version`, so that other connections read the schema again. */
function writeSql(database: Database, table: string, sql: string): void {
  const { schema_version: version } = database.get<{ schema_version: number }>('PRAGMA schema_version') ?? {
    schema_version: 0,
  }
  database.exec('PRAGMA writable_schema = ON')
  try {
    database.prepare("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?").run(sql, table)
    database.exec(`PRAGMA schema_version = ${version + 1}`)
  } finally {
    // RESET also makes this connection read the schema again.
    database.exec('PRAGMA writable_schema = RESET')
  }
}

/** Throws if the columns are missing, so that the transaction is rolled back. */
function assertColumns(database: Database, columns: readonly NewColumn[]): void {
  for (const { table, column } of columns) {
    const [name = ''] = column.split(' ')
    const found = database.prepare('SELECT 1 AS found FROM pragma_table_info(?) WHERE name = ?')
    if (found.get(table, name) === undefined)
      throw new RuntapeError(
        'store-unusable',
        `The store ${database.name} could not be migrated: ${table} has no ${name}. Nothing was changed.`,
      )
  }
}
