import { raw, type Sql, sql } from './sql.ts'

/** A column with its type, and the value of a row. */
export type Columns<Row> = readonly (readonly [name: string, type: string, value: (row: Row) => unknown])[]

/** Rows that are passed as parameters, one for each column. */
export interface RowTable {
  /** For `FROM`. */
  readonly table: Sql
  /** The columns that it has. */
  readonly names: readonly string[]
}

/** The rows as a table. Leaves out columns in which no row has a value; the first column stays. */
export function rowTable<Row>(alias: string, columns: Columns<Row>, rows: readonly Row[]): RowTable {
  const lists: Sql[] = []
  const names: string[] = []
  for (const [name, type, value] of columns) {
    const values = rows.map(value)
    if (lists.length > 0 && values.every(isMissing)) continue
    names.push(name)
    lists.push(sql`${values}::${raw(type)}[]`)
  }
  const all = lists.reduce((list, next) => sql`${list}, ${next}`)
  return { names, table: sql`unnest(${all}) AS ${raw(`${alias}(${names.join(', ')})`)}` }
}

const isMissing = (value: unknown): boolean => value === null || value === undefined
