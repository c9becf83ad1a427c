import { existsSync, rmSync } from 'node:fs'
import { Database } from '../database/database.ts'
import { isDamage, unusable } from '../database/errors.ts'
import type { SqliteHandle } from '../database/handle.ts'
import { loadNodeSqlite } from '../database/node-sqlite.ts'
import { idOf } from '../files/file-ids.ts'
import { makePrivate } from '../open.ts'
import { indexApplicationId, indexSchema, indexVersion } from './trigram-schema.ts'

/** How long a read waits for a commit of another process, in milliseconds. */
const busyTimeoutMs = 20

interface Opened {
  readonly database: Database
  readonly id: string | undefined
}

/**
 * The index file of a database. It uses no write-ahead log, so that after a commit no other file contains what was removed.
 * Losing the file loses nothing: it is built again.
 */
export class TrigramFile {
  readonly #main: Database
  #opened: Opened | undefined

  constructor(main: Database) {
    this.#main = main
  }

  /** Path of the index, or `undefined` if the database has no file. */
  get path(): string | undefined {
    const { file } = this.#main.get<{ file: string | null }>(
      "SELECT file FROM pragma_database_list WHERE name = 'main'",
    ) ?? { file: null }
    return file ? `${file}.search` : undefined
  }

  /**
   * The open index, or `undefined` if there is none.
   *
   * @throws {RuntapeError} `store-unusable` if the file is not an index, or of a newer version
   */
  open(creates = false): Database | undefined {
    const { path } = this
    const isThere = path !== undefined && existsSync(path)
    if (this.#opened && (!isThere || idOf(path) !== this.#opened.id)) this.close()
    if (path === undefined || (!isThere && !creates)) return undefined
    this.#opened ??= openIndex(path)
    return this.#opened.database
  }

  /** Removes the file if the error says that it is damaged. Other processes notice, and open or create the next one. */
  discardIf(error: unknown): void {
    if (this.#opened === undefined || !isDamage(error)) return
    this.close()
    const { path } = this
    if (path !== undefined) for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true })
  }

  close(): void {
    this.#opened?.database.close()
    this.#opened = undefined
  }
}

function openIndex(path: string): Opened {
  makePrivate(path)
  const { DatabaseSync } = loadNodeSqlite()
  const handle: SqliteHandle & { enableDefensive?(isOn: boolean): void } = new DatabaseSync(path)
  const database = new Database(handle, `"${path}"`)
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
    database.exec('PRAGMA secure_delete = ON')
    database.exec('PRAGMA synchronous = NORMAL')
    database.exec('PRAGMA cache_size = -16384')
    // The tables in which FTS5 keeps a shard are emptied directly, in slices.
    handle.enableDefensive?.(false)
    if (versionOf(database) === 0)
      database.transaction(() => versionOf(database) || database.exec(indexSchema))
    return { database, id: idOf(path) }
  } catch (error) {
    database.close()
    throw error
  }
}

function versionOf(database: Database): number {
  const [{ id, version, tables } = { id: 0, version: 0, tables: 0 }] = database.all<{
    id: number
    version: number
    tables: number
  }>(
    `SELECT application_id AS id, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables
     FROM pragma_application_id, pragma_user_version`,
  )
  if (tables === 0) return 0
  if (id === indexApplicationId && version === indexVersion) return version
  throw unusable(database.name, 'it is not a search index of this version. Remove it; it is built again')
}

/** Whether this SQLite has FTS5. That of Node 22.13 does not. */
export const hasFts5 = (database: Database): boolean =>
  database.get<{ used: number }>("SELECT sqlite_compileoption_used('ENABLE_FTS5') AS used")?.used === 1
