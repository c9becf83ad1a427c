import type { Database } from '../database/database.ts'
import type { SqlValue } from '../database/handle.ts'
import type { Marks } from '../files/file-marks.ts'
import { type ChangedTable, isChangedSql } from './changed-rows.ts'
import { readableRows } from './readable-rows.ts'

export type Row = Record<string, SqlValue>

/** Called with what could not be read. `to` is `undefined` if it has no end or is not known. */
export type Unreadable = (
  place: { readonly table: string; readonly from: number; readonly to: number | undefined },
  error: unknown,
) => void

/** Reads what can be read of a file that was replaced or damaged. */
export class OldFile {
  readonly database: Database
  readonly marks: Marks
  /** Whether everything is read, and not only what was written since the last check. */
  readonly isWhole: boolean
  readonly #unreadable: Unreadable

  constructor(database: Database, marks: Marks, isWhole: boolean, unreadable: Unreadable) {
    this.database = database
    this.marks = marks
    this.isWhole = isWhole
    this.#unreadable = unreadable
  }

  /** SQL: whether this process changed a row since the last check. */
  changed(table: ChangedTable): string {
    return this.isWhole ? 'true' : isChangedSql(table)
  }

  /** Batches of rows of a query in the order of their ids. Its parameters are the id to begin after, and a limit. */
  batches<R extends { readonly id: number }>(
    table: string,
    sql: string,
    after: number,
  ): Generator<readonly R[]> {
    const select = (id: number, limit: number) => this.database.all<R>(sql, id, limit)
    return readableRows(after, select, (from, to, error) => this.#unreadable({ table, from, to }, error))
  }

  /** Rows with an id, in order. */
  *byId(table: string, condition: string): Generator<Row> {
    const sql = `SELECT * FROM ${table} WHERE id > ? AND (${condition}) ORDER BY id LIMIT ?`
    for (const rows of this.batches<{ readonly id: number }>(table, sql, 0))
      yield* rows as readonly object[] as Row[]
  }

  /** Rows without an id. If one of them cannot be read, none is. */
  all<R = Row>(table: string, sql: string): readonly R[] {
    try {
      return this.database.all<R>(sql)
    } catch (error) {
      this.#unreadable({ table, from: 1, to: undefined }, error)
      return []
    }
  }

  /** The rows of a few with the same owner; `undefined` if they cannot be read. */
  tryAll<R>(sql: string, ...params: SqlValue[]): readonly R[] | undefined {
    try {
      return this.database.all<R>(sql, ...params)
    } catch {
      return undefined
    }
  }
}
