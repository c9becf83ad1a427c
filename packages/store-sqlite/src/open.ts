import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { messageOf, monotonicNow } from '@runtape/core/internal'
import { Database } from './database/database.ts'
import { asStoreError, isBusy, unusable } from './database/errors.ts'
import type { SqliteHandle } from './database/handle.ts'
import { loadNodeSqlite } from './database/node-sqlite.ts'
import type { SchemaGuard } from './migration/add-columns.ts'
import { migrate } from './migration/migrate.ts'
import { applicationId, migrations } from './schema.ts'

/**
 * Opens the file or takes the handle, and checks that it is a Runtape database of a supported version. Migrates older
 * ones.
 */
export function openDatabase(target: string | SqliteHandle, busyTimeoutMs: number): Database {
  const name = nameOf(target)
  const handle = typeof target === 'string' ? openFile(target, name) : target
  try {
    const database = new Database(handle, name, typeof target !== 'string')
    prepareDatabase(database, busyTimeoutMs, typeof target === 'string' ? guardOf(handle) : undefined)
    return database
  } catch (error) {
    if (typeof target === 'string') handle.close()
    throw asStoreError(name, error)
  }
}

/** Newer Node versions protect `sqlite_schema`. A handle of the application keeps its setting. */
function guardOf(handle: SqliteHandle & { readonly enableDefensive?: SchemaGuard }): SchemaGuard {
  return isOn => handle.enableDefensive?.(isOn)
}

/** Opens an existing file to inspect it. Changes and creates nothing. */
export function openReadOnly(path: string): { readonly database: Database; readonly version: number } {
  const name = nameOf(path)
  const { DatabaseSync } = loadNodeSqlite()
  let handle: SqliteHandle | undefined
  try {
    handle = new DatabaseSync(path, { readOnly: true })
    const database = new Database(handle, name)
    database.exec('PRAGMA busy_timeout = 1000')
    return { database, version: checkVersion(database) }
  } catch (error) {
    handle?.close()
    throw asStoreError(name, error)
  }
}

/**
 * Opens another connection to a database that a store of this process has open. Creates and migrates nothing.
 *
 * @param check throws if the path now leads to another file. Such a file is not read, because its log may belong to
 *   another database.
 */
export function openBeside(path: string, name: string, busyTimeoutMs: number, check: () => void): Database {
  const { DatabaseSync } = loadNodeSqlite()
  const database = new Database(new DatabaseSync(path), name)
  try {
    check()
  } catch (error) {
    database.close()
    throw error
  }
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  if (checkVersion(database) !== migrations.length) throw unusable(name, 'its file is another one now')
  useOurSettings(database)
  database.exec('PRAGMA wal_autocheckpoint = 0')
  return database
}

function nameOf(target: string | SqliteHandle): string {
  if (typeof target !== 'string') return target.name ? `"${target.name}"` : 'on the given database handle'
  return isFile(target) ? `"${resolve(target)}"` : `"${target}"`
}

/** The file of a database, if it has a known one. */
export const fileOf = (target: string | SqliteHandle): string | undefined =>
  typeof target === 'string'
    ? pathOf(target)
    : target.name && existsSync(target.name)
      ? pathOf(target.name)
      : undefined

const pathOf = (path: string): string | undefined => (isFile(path) ? resolve(path) : undefined)

const isFile = (path: string): boolean => path !== ':memory:'

/** Creates the file and its directory if they are missing. */
export function prepareFile(path: string): void {
  makeDirectory(dirname(resolve(path)), nameOf(path))
  makePrivate(path)
}

function openFile(path: string, name: string): SqliteHandle {
  if (isFile(path)) prepareFile(path)
  const { DatabaseSync } = loadNodeSqlite()
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw asStoreError(name, error)
  }
}

/**
 * Creates a new file that only its owner can read and write; SQLite uses the same mode for the files next to it. An
 * existing file is not opened, because closing it would release SQLite's locks, and its mode is kept as it was set.
 */
export function makePrivate(path: string): void {
  if (existsSync(path)) return
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch {
    // Another process created it, or it cannot be created. SQLite reports the reason.
  }
}

function makeDirectory(directory: string, name: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    const reason = `its directory cannot be created (${messageOf(error)}). Create it, or pass another path`
    throw unusable(name, reason, error)
  }
}

function prepareDatabase(database: Database, busyTimeoutMs: number, guard: SchemaGuard | undefined): void {
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  // Before anything is written: the file of another application must stay unchanged.
  database.exec('BEGIN')
  database.finish(() => checkVersion(database))
  useWriteAheadLog(database, busyTimeoutMs)
  useOurSettings(database)
  // In KiB. Each run touches a page of several indexes, more than fit in 2 MB: with that, rows of runs cost twice as
  // much.
  database.exec('PRAGMA cache_size = -8192')
  database.transaction(() => {
    migrate(database, checkVersion(database), guard)
    // Changes nothing, but fails on a read-only file: better now than at the first record.
    database.exec('DELETE FROM outbox WHERE 0')
  })
}

function useOurSettings(database: Database): void {
  database.exec('PRAGMA synchronous = NORMAL')
  // Overwrites removed data.
  database.exec('PRAGMA secure_delete = ON')
  // Truncates a log that grew during a long read, when it is restarted. A log of normal size is not truncated, because
  // growing it again costs time.
  database.exec('PRAGMA journal_size_limit = 33554432')
}

/** The schema version of the file; 0 if it is empty. */
function checkVersion(database: Database): number {
  const { application_id: id } = pragma<{ application_id: number }>(database, 'application_id')
  const { user_version: version } = pragma<{ user_version: number }>(database, 'user_version')
  const tables = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
  if (id !== applicationId && (id !== 0 || version !== 0 || tables.length > 0)) {
    const found = tables.length > 0 ? `it has the tables ${listed(tables)}` : 'it is marked as such'
    throw unusable(database.name, `it is the database of another application: ${found}. Pass another path`)
  }
  if (version > migrations.length) {
    throw unusable(
      database.name,
      `it was written by a newer @runtape/store-sqlite (schema ${version}, this one knows ${migrations.length}). Update @runtape/store-sqlite, or pass another path`,
    )
  }
  return version
}

const pragma = <Row>(database: Database, name: string): Row => database.get<Row>(`PRAGMA ${name}`) as Row

function listed(tables: readonly { name: string }[]): string {
  const names = tables.slice(0, 3).map(table => `"${table.name}"`)
  return names.join(', ') + (tables.length > names.length ? ', …' : '')
}

const lockWaitMs = 10

/** SQLite does not wait for the lock that the switch needs, so this waits. */
function useWriteAheadLog(database: Database, busyTimeoutMs: number): void {
  const deadline = monotonicNow() + busyTimeoutMs
  // Attempts are counted too, because tests can stop the clock.
  for (let looks = 1; ; looks++) {
    try {
      return database.exec('PRAGMA journal_mode = WAL')
    } catch (error) {
      if (!isBusy(error) || monotonicNow() >= deadline || looks * lockWaitMs >= busyTimeoutMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockWaitMs)
    }
  }
}
