/** What SQLite can be given and gives back. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** A prepared statement, as `node:sqlite` and better-sqlite3 have it. */
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
  /** Where the database is, for messages; better-sqlite3 has it. */
  readonly name?: string
  /** Whether a transaction is open, as `node:sqlite` (from 22.16 on) says it. */
  readonly isTransaction?: boolean
  /** The same, as better-sqlite3 says it. */
  readonly inTransaction?: boolean
}
