import { monotonicNow } from '@runtape/core/internal'
import { asStoreError, closed, inForeignTransaction, isBusy } from './errors.ts'
import { type ExactStatement, exactText } from './exact-text.ts'
import type { SqliteHandle, SqlValue } from './handle.ts'

/** An open database that says what is wrong in the store's own words, and keeps its statements. */
export class Database {
  /** How messages call it. */
  readonly name: string
  readonly #handle: SqliteHandle
  readonly #isShared: boolean
  readonly #statements = new Map<string, ExactStatement>()
  #closed = false

  /** @param isShared whether the application has the handle too. */
  constructor(handle: SqliteHandle, name: string, isShared = false) {
    this.#handle = handle
    this.name = name
    this.#isShared = isShared
  }

  /** @throws {RuntapeError} `store-closed` */
  assertOpen(): void {
    if (this.#closed) throw closed(this.name)
  }

  /** A statement that is prepared once. For texts that are fixed: every one of them is kept. */
  statement(sql: string): ExactStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** A statement that is not kept: for texts that depend on what is asked. */
  prepare(sql: string): ExactStatement {
    return this.attempt(() => exactText(this.#handle.prepare(sql)))
  }

  /** The rows of a query whose text depends on what is asked. */
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

  /** Statements without a result, as they are. Throws what the database throws. */
  exec(sql: string): void {
    this.#handle.exec(sql)
  }

  /** Runs `work` inside one transaction that holds the write lock, waiting for it as long as the busy timeout. */
  transaction<T>(work: () => T): T {
    return this.attempt(() => {
      this.#whenFree(() => this.exec('BEGIN IMMEDIATE'))
      return this.finish(work)
    })
  }

  /** As `transaction`, but without waiting: `undefined` where another process has the lock. */
  transactionNow<T>(work: () => T): T | undefined {
    return this.attempt(() => (this.#beginNow() ? this.finish(work) : undefined))
  }

  /** Runs `work`, whose queries all see the database as it is at the first of them. */
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

  /** Runs `work` inside the transaction that has been begun: commits it, or takes it all back when `work` throws. */
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

  /** Runs one statement that writes: it is a transaction by itself, unless the application has one open. */
  single<T>(work: () => T): T {
    if (!this.#isShared) return this.attempt(() => this.#whenFree(work))
    const { isTransaction, inTransaction = isTransaction } = this.#handle
    if (inTransaction === true) throw inForeignTransaction(this.name)
    // A handle that does not say: to begin one fails inside another.
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

  /** Runs what needs the write lock, outside of a transaction: again until the busy timeout is really over. */
  #whenFree<T>(work: () => T): T {
    const since = monotonicNow()
    for (;;) {
      try {
        return work()
      } catch (error) {
        // SQLite adds up how long it meant to sleep, and each signal, as of a profiler, ends its sleep at once. Where no
        // time has passed, tests have stopped the clock.
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
      // SQLite has taken it back by itself: after a full disk, for instance. The first error is the one to tell.
    }
  }
}
