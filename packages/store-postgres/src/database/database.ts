import { setTimeout as sleep } from 'node:timers/promises'
import { realTimers } from '@runtape/core/internal'
import type { Bodies } from '../blobs/bodies.ts'
import { BoundedClient } from './bounded-client.ts'
import { asStoreError, closed, isWithoutTables, isWorthRetrying, noBlobs } from './errors.ts'
import { type Lock, lockStatement } from './locks.ts'
import type { PgPool } from './pool.ts'
import type { Sql } from './sql.ts'
import { decoded, encoded, types } from './values.ts'

/** Runs queries. */
export interface Queries {
  readonly schema: string
  rows<Row>(query: Sql): Promise<Row[]>
  /** Returns the number of rows that were written. */
  run(query: Sql): Promise<number>
  /** Runs several statements without parameters. */
  script(text: string): Promise<void>
  /** The text of an object in the blob store. */
  body(key: string, expectedHash: string): Promise<string>
}

export interface DatabaseOptions {
  readonly pool: PgPool
  /** Whether `close` ends the pool. */
  readonly ownsPool: boolean
  readonly schema: string
  /** For messages; without a password. */
  readonly name: string
  /** `undefined`: the setting of the server. */
  readonly statementTimeoutMs: number | undefined
  /** Where large payloads are, if not in the database. */
  readonly bodies: Bodies | undefined
  /** `undefined`: by the kind of the transaction. */
  readonly answerTimeoutMs: number | undefined
  /** Prepares the schema once, before the first query. */
  readonly open: (database: Database) => Promise<void>
}

/** A lock and how it is held. */
export type TakenLock = readonly [lock: Lock, how: 'shared' | 'alone']

/** @param first the row of the query that started the transaction */
type Work<T, Row> = (queries: Queries, first: Row) => Promise<T>

interface Start {
  readonly lock?: TakenLock | undefined
  readonly first?: Sql | undefined
  /** For the transaction. */
  readonly settings?: readonly string[]
}

type Mode = 'READ WRITE' | 'READ ONLY'

const begins: Readonly<Record<Mode, string>> = {
  // Without READ WRITE, which would override `default_transaction_read_only`.
  'READ WRITE': 'BEGIN ISOLATION LEVEL READ COMMITTED',
  'READ ONLY': 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
}

const mostAttempts = 5

/** How long a statement may wait for its answer: one that adds records, and any other. */
const [answerToAppendMs, answerMs] = [30_000, 600_000]

const closeTimeoutMs = 10_000

/**
 * Transactions in one schema. Nothing remains in a session: no prepared statement, setting or lock. A pooler may give every
 * transaction another connection.
 */
export class Database {
  readonly name: string
  readonly schema: string
  readonly bodies: Bodies | undefined
  readonly #options: DatabaseOptions
  readonly #texts = new Map<string, string>()
  /** The connections on which a transaction runs. */
  readonly #busy = new Set<BoundedClient>()
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(options: DatabaseOptions) {
    this.name = options.name
    this.schema = options.schema
    this.bodies = options.bodies
    this.#options = options
  }

  /** The rows of one query. */
  async rows<Row>(query: Sql): Promise<Row[]> {
    return this.read(queries => queries.rows<Row>(query))
  }

  /** All queries see the same state. */
  async read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    await this.opened()
    return this.transaction('READ ONLY', work)
  }

  /** As `read`, for sums over many rows: groups stay in memory, and no time is spent on compiling. */
  async readMuch<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    await this.opened()
    return this.transaction('READ ONLY', work, { settings: ["work_mem = '64MB'", 'jit = off'] })
  }

  /**
   * Writes everything or nothing. Repeated after a deadlock, so `work` must have no other effect.
   *
   * @param lock taken before the first query of `work`, which therefore sees what the holder before it wrote. Revisions count
   *   on it: who holds no lock `append` writes nothing that they cover. Default: `append`, shared
   * @param first a query without parameters that is sent after the lock, in the same message. `work` gets its row
   */
  async write<T, Row = undefined>(
    work: Work<T, Row>,
    lock: TakenLock = ['append', 'shared'],
    first?: Sql,
  ): Promise<T> {
    await this.opened()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transaction('READ WRITE', work, { lock, first })
      } catch (error) {
        if (attempt >= mostAttempts || !isWorthRetrying(error)) throw error
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }

  /** Prepares the schema. A failure is not final: the next call tries again. */
  async opened(): Promise<void> {
    if (this.#isClosed) throw closed(this.name)
    this.#opening ??= this.#options.open(this).catch(error => {
      this.#opening = undefined
      throw error
    })
    await this.#opening
  }

  /** A transaction that does not wait for `opened`. */
  async transaction<T, Row = undefined>(mode: Mode, work: Work<T, Row>, start: Start = {}): Promise<T> {
    if (this.#isClosed) throw closed(this.name)
    const timeoutMs = this.#answerTimeoutMs(start.lock)
    try {
      return await this.#onClient(client =>
        this.#inTransaction({ client, timeoutMs, begin: this.#begin(mode, start) }, work),
      )
    } catch (error) {
      // Another session may have dropped the schema: the next call prepares it again.
      if (isWithoutTables(error)) this.#opening = undefined
      // A fault of this package is no fault of the database.
      throw error instanceof TypeError || error instanceof RangeError ? error : asStoreError(this.name, error)
    }
  }

  /** Runs a statement that cannot be in a transaction, however long it takes. */
  async runAlone(text: string): Promise<void> {
    await this.opened()
    try {
      await this.#onClient(client => client.query({ text, types }, undefined))
    } catch (error) {
      throw asStoreError(this.name, error)
    }
  }

  async #inTransaction<T, Row>({ client, timeoutMs, begin }: Transaction, work: Work<T, Row>): Promise<T> {
    const send = (text: string) => client.query({ text, types }, timeoutMs)
    try {
      // `pg` returns a list of results for a list of statements.
      const last = [await send(begin)].flat().at(-1)
      const result = await work(this.#queriesOn(client, timeoutMs), last?.rows[0] as Row)
      await send('COMMIT')
      return result
    } catch (error) {
      // A failed rollback must not hide the error before it. The connection has then ended, and `client` knows that.
      if (!client.lost) await send('ROLLBACK').catch(() => {})
      throw error
    }
  }

  #answerTimeoutMs(lock?: TakenLock): number {
    const { answerTimeoutMs, statementTimeoutMs = 0 } = this.#options
    const isAppend = lock?.[0] === 'append' && lock[1] === 'shared'
    // The server stops a statement first, and says so.
    return answerTimeoutMs ?? Math.max(statementTimeoutMs + 10_000, isAppend ? answerToAppendMs : answerMs)
  }

  /** Settings last for the transaction only. */
  #begin(mode: Mode, { lock, first, settings = [] }: Start): string {
    const { statementTimeoutMs: timeout } = this.#options
    const statements = [
      begins[mode],
      ...(timeout === undefined ? [] : [`SET LOCAL statement_timeout = ${timeout}`]),
      ...settings.map(setting => `SET LOCAL ${setting}`),
      ...(lock ? [lockStatement(this.schema, ...lock)] : []),
      ...(first ? [this.#textOf(first.text)] : []),
    ]
    return statements.join('; ')
  }

  async #onClient<T>(work: (client: BoundedClient) => Promise<T>): Promise<T> {
    const client = new BoundedClient(await this.#options.pool.connect())
    this.#busy.add(client)
    try {
      return await work(client)
    } finally {
      this.#busy.delete(client)
      client.release()
    }
  }

  #queriesOn(client: BoundedClient, timeoutMs: number): Queries {
    const send = (query: Sql) =>
      client.query({ text: this.#textOf(query.text), values: query.values.map(encoded), types }, timeoutMs)
    return {
      schema: this.schema,
      rows: async <Row>(query: Sql) => (await send(query)).rows.map(row => decoded(row as Row)),
      run: async query => (await send(query)).rowCount ?? 0,
      script: async text => {
        // A migration takes as long as it takes.
        await client.query({ text }, undefined)
      },
      body: async (key, expectedHash) => {
        if (this.bodies) return this.bodies.get(key, expectedHash)
        throw noBlobs(this.name, key)
      },
    }
  }

  /** The text with the names of tables in full. */
  #textOf(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const full = inSchema(text, this.schema)
    // Texts of filters differ; the others are few.
    if (this.#texts.size > 500) this.#texts.clear()
    this.#texts.set(text, full)
    return full
  }

  /**
   * Waits for `last` and for running transactions, at most 10 seconds together. Then connections that still wait for the server
   * are given up, as it may never answer.
   */
  close(last: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#closing ??= this.#close(last)
    return this.#closing
  }

  async #close(last: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<true>(resolve => {
      timer = realTimers.setTimeout(() => resolve(true), closeTimeoutMs)
    })
    await Promise.race([last, over])
    this.#isClosed = true
    const isOver = await Promise.race([this.#settled(), over])
    realTimers.clearTimeout(timer)
    if (isOver) for (const client of this.#busy) client.giveUp(closed(this.name))
  }

  async #settled(): Promise<void> {
    await this.#opening?.catch(() => {})
    if (this.#options.ownsPool) await this.#options.pool.end()
  }
}

/** How a transaction runs. */
interface Transaction {
  readonly client: BoundedClient
  readonly timeoutMs: number
  readonly begin: string
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** SQL in which `@table` names a table of the schema. */
export const inSchema = (text: string, schema: string): string =>
  text.replace(/@(\w+)/g, (_, table: string) => `${quoted(schema)}.${table}`)
