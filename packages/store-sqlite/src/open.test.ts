import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RuntapeError } from '@runtape/core'
import { runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { asOrdinaryUser, scratchDirectory } from '../test/scratch.ts'
import { sqliteStore } from './sqlite-store.ts'
import type { SqliteStore } from './store-in-sqlite.ts'

/** The message of the error with which a store refuses the file. It must contain the path. */
function refusal(path: string, work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (!RuntapeError.isInstance(error)) throw error
    expect(error.code).toBe('store-unusable')
    expect(error.message).toContain(`"${path}"`)
    return error.message
  }
  throw new Error(`${path} was not refused`)
}

const refusedOpening = (path: string): string => refusal(path, () => sqliteStore(path, { busyTimeoutMs: 50 }))

/** The file of a closed store, ready to be damaged. */
async function closedStoreFile(): Promise<string> {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path)
  store.appendSync([runEvent()])
  await store.close()
  return path
}

describe('sqliteStore creates', () => {
  test('the file and the directories above it', async () => {
    const path = join(scratchDirectory(), 'a', 'b', 'runtape.db')
    await sqliteStore(path).close()
    expect(readFileSync(path, 'latin1').slice(0, 15)).toBe('SQLite format 3')
  })

  test('a store in memory for ":memory:", without a file', async () => {
    const store = sqliteStore(':memory:')
    expect(store.appendSync([runEvent()]).accepted).toBe(1)
    expect((await store.runs.usage())[0]?.runs).toBe(1)
  })

  test('no warning about node:sqlite, and keeps other warnings', () => {
    const script = `
      import { sqliteStore } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
      const before = process.emitWarning
      sqliteStore(':memory:')
      if (process.emitWarning !== before) throw new Error('process.emitWarning was not put back')
      process.emitWarning('of the application')
      await new Promise(resolve => process.on('warning', resolve))`
    const args = ['--input-type=module', '--trace-warnings', '-e', script]
    const { NODE_OPTIONS: _, ...env } = process.env
    const output = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', process.execPath, ...args], { env })
    expect(String(output)).toContain('Warning: of the application')
    expect(String(output)).not.toContain('ExperimentalWarning')
  })
})

describe('sqliteStore refuses', () => {
  test('a file that is not SQLite, and leaves it unchanged', () => {
    const path = join(scratchDirectory(), 'notes.txt')
    writeFileSync(path, 'not a database, but longer than the header of one would be. '.repeat(10))
    const before = readFileSync(path)
    expect(refusedOpening(path)).toMatch(/not an SQLite database.*another path/)
    expect(readFileSync(path)).toEqual(before)
  })

  test('the SQLite database of another application, and leaves it unchanged', () => {
    const path = join(scratchDirectory(), 'shop.db')
    const shop = new DatabaseSync(path)
    shop.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY); CREATE TABLE users (name TEXT)')
    shop.close()
    const before = readFileSync(path)
    expect(refusedOpening(path)).toMatch(/another application: it has the tables "orders", "users"\. Pass/)
    expect(readFileSync(path)).toEqual(before)
  })

  test('a database of a newer schema, with what to update', async () => {
    const path = await closedStoreFile()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(refusedOpening(path)).toMatch(
      /newer @runtape\/store-sqlite \(schema 99, this one knows \d+\)\. Update/,
    )
  })

  test('a damaged file', async () => {
    const path = await closedStoreFile()
    const bytes = readFileSync(path)
    bytes.fill(0xee, 100, 2000)
    writeFileSync(path, bytes)
    expect(refusedOpening(path)).toMatch(/the file is damaged\. .*backup/)
  })

  test('a directory instead of a file', () => {
    const path = scratchDirectory()
    expect(refusedOpening(path)).toMatch(/cannot be opened or created\. Pass the path of a file/)
  })

  test('a path below a file', () => {
    const file = join(scratchDirectory(), 'file')
    writeFileSync(file, '')
    expect(refusedOpening(join(file, 'runtape.db'))).toMatch(
      /its directory cannot be created \(.*\)\. Create it/,
    )
  })

  test('a directory without write permission', () => {
    const directory = join(scratchDirectory(), 'locked')
    mkdirSync(directory)
    chmodSync(join(directory, '..'), 0o755)
    chmodSync(directory, 0o555)
    const message = asOrdinaryUser(() => refusedOpening(join(directory, 'runtape.db')))
    expect(message).toMatch(/cannot be opened or created\. .*directory that this user may write to/)
    asOrdinaryUser(() => expect(refusedOpening(join(directory, 'new', 'runtape.db'))).toMatch(/EACCES/))
  })

  test('a read-only file', async () => {
    const path = await closedStoreFile()
    chmodSync(join(path, '..'), 0o777)
    chmodSync(path, 0o444)
    expect(asOrdinaryUser(() => refusedOpening(path))).toMatch(/it is read-only\. Allow this user to write/)
  })

  test('a database that another process keeps locked, after the busy timeout', async () => {
    const path = await closedStoreFile()
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    expect(refusedOpening(path)).toMatch(/another process keeps it locked\. End the transaction/)
    other.exec('ROLLBACK')
    await sqliteStore(path, { busyTimeoutMs: 50 }).close()
    other.close()
  })
})

describe('a database that is locked later', () => {
  function lockedStore(busyTimeoutMs: number): { path: string; store: SqliteStore; other: DatabaseSync } {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = sqliteStore(path, { busyTimeoutMs })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    return { path, store, other }
  }

  test('makes both appends fail after the busy timeout without storing anything', async () => {
    const { path, store, other } = lockedStore(50)
    const event = runEvent()
    expect(refusal(path, () => store.appendSync([event]))).toMatch(/keeps it locked/)
    expect(refusal(path, () => store.appendSync([event, runEvent()]))).toMatch(/keeps it locked/)
    await expect(store.append([event])).rejects.toMatchObject({ code: 'store-unusable' })
    expect(await store.runs.get(event.runId)).toBeUndefined()
    other.exec('ROLLBACK')
    expect(store.appendSync([event]).accepted).toBe(1)
    other.close()
    await store.close()
  })

  test('does not block the event loop while append waits for it', async () => {
    const { store, other } = lockedStore(10_000)
    const appended = store.append([runEvent()])
    let turns = 0
    while (turns < 20) turns += await new Promise<number>(resolve => setTimeout(() => resolve(1), 1))
    other.exec('COMMIT')
    expect((await appended).accepted).toBe(1)
    other.close()
    await store.close()
  })
})
