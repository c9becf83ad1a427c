import { join } from 'node:path'
import type { Logger } from '@runtape/core'
import { createRecorder, type Recorder } from '@runtape/recorder'
import { type PgPool, postgresStore } from '@runtape/store-postgres'
import { sqliteOutbox } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import pg from 'pg'
import { expect } from 'vitest'
import type { EmbeddedServer } from '../../../packages/store-postgres/test/embedded.mjs'
import { type Proxy, startProxy } from '../../../packages/store-postgres/test/proxy.ts'
import { scratchDirectory } from '../scratch.ts'

/** An application that records into a database of its own, as a role without special rights, through a proxy. */
export class Scene {
  server: EmbeddedServer
  readonly proxy: Proxy
  /** What the recorder said so far. */
  readonly said: string[] = []
  /** The runs of which the recorder has acknowledged an event. */
  readonly acknowledged: string[] = []
  readonly database: string
  recorder: Recorder
  readonly #closing: (() => Promise<unknown>)[] = []

  private constructor(server: EmbeddedServer, proxy: Proxy, database: string) {
    this.server = server
    this.proxy = proxy
    this.database = database
    this.recorder = this.#newRecorder({ connectionString: this.#address(proxy.connectionString, 'app:app') })
  }

  static async open(server: EmbeddedServer): Promise<Scene> {
    const database = `app_${Math.random().toString(36).slice(2, 10)}`
    await query(
      server.connectionString,
      `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE app LOGIN PASSWORD 'app'; END IF; END $$`,
    )
    await query(server.connectionString, `CREATE DATABASE ${database} OWNER app`)
    return new Scene(server, await startProxy(server.connectionString), database)
  }

  /** Runs statements as the superuser; in the database of the application unless another one is named. */
  admin(text: string, database = this.database): Promise<pg.QueryResult> {
    const address = new URL(this.server.connectionString)
    address.pathname = database
    return query(address.href, text)
  }

  /** Changes a setting of new sessions, and ends all sessions. */
  async set(setting: string): Promise<void> {
    await this.admin(`ALTER DATABASE ${this.database} ${setting}`)
    await this.endSessions()
  }

  async endSessions(): Promise<void> {
    await this.admin(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    )
  }

  /** From now on, the application records through its own pool of one connection. */
  async useOwnPool(): Promise<pg.Pool> {
    await this.recorder.close()
    const pool = new pg.Pool({
      connectionString: this.#address(this.proxy.connectionString, 'app:app'),
      max: 1,
    })
    pool.on('error', () => {})
    this.#closing.push(() => pool.end())
    this.recorder = this.#newRecorder({ pool })
    return pool
  }

  /** The application reaches another server at the same address from now on. */
  failOver(server: EmbeddedServer): void {
    this.server = server
    this.proxy.to(server.connectionString)
  }

  record(count: number): void {
    for (let done = 0; done < count; done++) {
      const event = runEvent({ at: Date.now() })
      expect(this.recorder.append(event)).toBe(true)
      this.acknowledged.push(event.runId)
    }
  }

  /** Records on until what the recorder says has matched. */
  async says(expected: RegExp): Promise<void> {
    const isSaid = () => {
      this.record(1)
      const { failing } = this.recorder.diagnostics()
      if (failing) this.said.push(failing.message)
      return this.said.some(message => expected.test(message))
    }
    await expect.poll(isSaid, { timeout: 20_000, interval: 20 }).toBe(true)
    // Not the password.
    expect(this.said.join('\n')).not.toContain(':app@')
  }

  /** Resolves when the store has everything. */
  async delivered(): Promise<void> {
    const state = () => {
      const { queued, failing } = this.recorder.diagnostics()
      return { waiting: queued.runEvents, failing: failing?.message }
    }
    await expect.poll(state, { timeout: 40_000 }).toEqual({ waiting: 0, failing: undefined })
  }

  /** The runs in the table, with repetitions. */
  async #kept(): Promise<string[]> {
    const { rows } = await this.admin('SELECT run_id FROM runtape.run_events')
    return rows.map(row => row.run_id as string)
  }

  async #billedRuns(): Promise<number> {
    const store = postgresStore({ connectionString: this.#address(this.server.connectionString) })
    const [row] = await store.runs.usage()
    await store.close()
    return row?.runs ?? 0
  }

  /** Everything that was acknowledged is there, once, and billed. */
  async expectAll(): Promise<void> {
    expect((await this.#kept()).toSorted()).toEqual(this.acknowledged.toSorted())
    expect(await this.#billedRuns()).toBe(this.acknowledged.length)
  }

  async close(): Promise<void> {
    await this.recorder.close()
    for (const close of this.#closing.toReversed()) await close()
    await this.proxy.close()
  }

  #newRecorder(target: { connectionString: string } | { pool: PgPool }): Recorder {
    const logger: Logger = { warn: message => void this.said.push(message) }
    const times = { connectionTimeoutMs: 800, answerTimeoutMs: 800 }
    const store = postgresStore({ ...target, maxConnections: 2, ...times })
    this.#closing.push(() => store.close())
    const outbox = sqliteOutbox(join(scratchDirectory(), 'outbox.db'))
    const limits = { retryBaseMs: 20, retryMaxMs: 200, leaseMs: 2000, appendTimeoutMs: 5000 }
    return createRecorder({ store, outbox, logger, ...limits })
  }

  #address(server: string, user?: string): string {
    const address = new URL(server)
    address.pathname = this.database
    if (user) [address.username = '', address.password = ''] = user.split(':')
    return address.href
  }
}

async function query(connectionString: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}
