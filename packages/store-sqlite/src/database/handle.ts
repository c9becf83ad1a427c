/** Values that SQLite accepts and returns. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** A prepared statement, as in `node:sqlite` and better-sqlite3. */
export interface SqliteStatement {
  run(...params: SqlValue[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid?: number | bigint
  }
  get(...params: SqlValue[]): unknown
  all(...params: SqlValue[]): unknown[]
}

/** An open SQLite database: a `DatabaseSync` of `node:sqlite`, or a `Database` of better-sqlite3. */
export interface SqliteHandle {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
  /** Where the database is, for messages (better-sqlite3). */
  readonly name?: string
  /** Whether a transaction is open (`node:sqlite` 22.16 or newer). */
  readonly isTransaction?: boolean
  /** Whether a transaction is open (better-sqlite3). */
  readonly inTransaction?: boolean
}
