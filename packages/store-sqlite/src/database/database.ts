import { monotonicNow } from '@runtape/core/internal'
import { asStoreError, closed, inForeignTransaction, isBusy } from './errors.ts'
import { type ExactStatement, exactText } from './exact-text.ts'
import type { SqliteHandle, SqlValue } from './handle.ts'

/** An open database. It turns SQLite's errors into the store's errors and caches prepared statements. */
export class Database {
  /** Its name in messages. */
  readonly name: string
  readonly #handle: SqliteHandle
  readonly #isShared: boolean
  readonly #statements = new Map<string, ExactStatement>()
  #closed = false

  /** @param isShared whether the application also has the handle */
  constructor(handle: SqliteHandle, name: string, isShared = false) {
    this.#handle = handle
    this.name = name
    this.#isShared = isShared
  }

  /** @throws {RuntapeError} `store-closed` */
  assertOpen(): void {
    if (this.#closed) throw closed(this.name)
  }

  /** A prepared statement, cached forever: use it for constant SQL only. */
  statement(sql: string): ExactStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** A prepared statement that is not cached, for SQL that depends on the query. */
  prepare(sql: string): ExactStatement {
    return this.attempt(() => exactText(this.#handle.prepare(sql)))
  }

  /** The rows of a query, for SQL that depends on the query. */
  select<Row>(sql: string, params: readonly SqlValue[]): Row[] {
    return this.attempt(() => this.prepare(sql).all(...params) as Row[])
  }

  all<Row>(sql: string, ...params: SqlValue[]): Row[] {
    return this.attempt(() => this.statement(sql).all(...params) as Row[])
  }

  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.attempt(() => (this.statement(sql).get(...params) as Row | null | undefined) ?? undefined)
  }

  run(sql: string, ...params: SqlValue[]): number {
    return this.attempt(() => Number(this.statement(sql).run(...params).changes))
  }

  /** Runs statements without a result. Throws the database's own error. */
  exec(sql: string): void {
    this.#handle.exec(sql)
  }

  /** Runs `work` in one transaction that holds the write lock. Waits for the lock up to the busy timeout. */
  transaction<T>(work: () => T): T {
    return this.attempt(() => {
      this.#whenFree(() => this.exec('BEGIN IMMEDIATE'))
      return this.finish(work)
    })
  }

  /** As `transaction`, but without waiting: `undefined` if another process has the lock. */
  transactionNow<T>(work: () => T): T | undefined {
    return this.attempt(() => (this.#beginNow() ? this.finish(work) : undefined))
  }

  /** Runs `work` so that all its queries see the database as of the first of them. */
  snapshot<T>(work: () => T): T {
    return this.attempt(() => {
      this.exec('SAVEPOINT runtape_snapshot')
      try {
        return work()
      } finally {
        this.exec('RELEASE runtape_snapshot')
      }
    })
  }

  /** Runs `work` in the transaction that has begun. Commits it, or rolls it back if `work` throws. */
  finish<T>(work: () => T): T {
    try {
      const result = work()
      this.exec('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  /** Runs one statement that writes. It is a transaction by itself, unless the application has one open. */
  single<T>(work: () => T): T {
    if (!this.#isShared) return this.attempt(() => this.#whenFree(work))
    const { isTransaction, inTransaction = isTransaction } = this.#handle
    if (inTransaction === true) throw inForeignTransaction(this.name)
    // The handle does not say. Beginning a transaction inside another one fails.
    return inTransaction === undefined ? this.transaction(work) : this.attempt(() => this.#whenFree(work))
  }

  attempt<T>(work: () => T): T {
    this.assertOpen()
    try {
      return work()
    } catch (error) {
      throw asStoreError(this.name, error)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#statements.clear()
    this.#handle.close()
  }

  /**
   * Runs `work`, which needs the write lock, outside of a transaction. Retries until the busy timeout has really
   * passed.
   */
  #whenFree<T>(work: () => T): T {
    const since = monotonicNow()
    for (;;) {
      try {
        return work()
      } catch (error) {
        // SQLite adds up the time that it meant to sleep, but every signal (such as a profiler's) ends a sleep early.
        // If no time has passed, a test has stopped the clock.
        const waitedMs = monotonicNow() - since
        if (!isBusy(error) || waitedMs === 0 || waitedMs >= this.#busyTimeoutMs()) throw error
      }
    }
  }

  #busyTimeoutMs(): number {
    return this.get<{ timeout: number }>('PRAGMA busy_timeout')?.timeout ?? 0
  }

  #beginNow(): boolean {
    const timeout = this.#busyTimeoutMs()
    this.exec('PRAGMA busy_timeout = 0')
    try {
      this.exec('BEGIN IMMEDIATE')
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    } finally {
      this.exec(`PRAGMA busy_timeout = ${timeout}`)
    }
  }

  #rollBack(): void {
    try {
      this.exec('ROLLBACK')
    } catch {
      // SQLite has already rolled back, for example after a full disk. The first error is the one to report.
    }
  }
}
