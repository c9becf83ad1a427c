import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { WalKeeper } from './wal-keeper.ts'

const megabyte = 2 ** 20
const moving = 'PRAGMA wal_checkpoint(PASSIVE)'
const emptying = 'PRAGMA wal_checkpoint(TRUNCATE)'
const beginningAnew = 'PRAGMA wal_checkpoint(RESTART)'

/** Whether SQLite reports how much of the log is in use. */
const isReused = Number(process.versions.sqlite?.split('.')[1]) >= 51

/** A connection that records its statements. */
class WatchedDatabase extends Database {
  readonly asked: string[] = []
  /** Wraps each move of the log. */
  around = (move: () => unknown): unknown => move()

  override get<Row>(sql: string): Row | undefined {
    this.asked.push(sql)
    const get = () => super.get<Row>(sql)
    return (sql === moving ? this.around(get) : get()) as Row | undefined
  }
}

function open() {
  const path = join(scratchDirectory(), 'keeper.db')
  const writer = new DatabaseSync(path)
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE texts (text)')
  const insert = writer.prepare('INSERT INTO texts VALUES (?)')
  const write = (bytes: number) => insert.run('x'.repeat(bytes))
  const logSize = () => statSync(`${path}-wal`).size
  const growTo = (bytes: number) => {
    while (logSize() < bytes) write(100_000)
  }
  const handle = new DatabaseSync(path)
  const database = new WatchedDatabase(handle, 'keeper.db')
  onTestFinished(() => {
    database.close()
    writer.close()
  })
  /** From now on, writes happen while the log is moved. */
  const writeMeanwhile = () => {
    const reader = new DatabaseSync(path)
    database.around = move => {
      // Prevents a restart of the log, as a move itself does.
      reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
      const moved = move()
      write(10)
      reader.exec('COMMIT')
      return moved
    }
    onTestFinished(() => reader.close())
  }
  return { path, database, keeper: new WalKeeper(database, path), write, writeMeanwhile, growTo, logSize }
}

describe('the log', () => {
  test('is emptied after some time without writes', () => {
    const { keeper, growTo, logSize } = open()
    growTo(5 * megabyte)
    for (let look = 0; look < 9; look++) keeper.look()
    expect(logSize()).toBe(0)
  })

  test.runIf(isReused)('is overwritten from its start between two writes, and not truncated', () => {
    const { path, database, keeper, write, growTo, logSize } = open()
    growTo(5 * megabyte)
    const size = logSize()
    for (let round = 0; round < 10; round++) {
      for (let look = 0; look < 3; look++) keeper.look()
      for (let index = 0; index < 45; index++) write(100_000)
    }
    expect(logSize()).toBe(size)
    expect(statSync(path).size).toBeGreaterThan(40 * megabyte)
    expect(database.asked).not.toContain(emptying)
    expect(database.asked).not.toContain(beginningAnew)
  })

  test('is not emptied below 24 MB during writes, because writers would wait for the disk', () => {
    const { database, keeper, writeMeanwhile, growTo, logSize } = open()
    writeMeanwhile()
    for (let megabytes = 5; megabytes < 24; megabytes++) {
      growTo(megabytes * megabyte)
      keeper.look()
    }
    expect(database.asked).toContain(moving)
    expect(database.asked).not.toContain(emptying)
    expect(database.asked).not.toContain(beginningAnew)
    expect(logSize()).toBeGreaterThan(20 * megabyte)
  })

  test('is restarted above 24 MB even during writes, with everything in the file', () => {
    const { path, keeper, write, writeMeanwhile, growTo, logSize } = open()
    writeMeanwhile()
    growTo(25 * megabyte)
    keeper.look()
    expect(statSync(path).size).toBeGreaterThan(23 * megabyte)
    const size = logSize()
    for (let index = 0; index < 20; index++) write(100_000)
    expect(logSize()).toBe(isReused ? size : logSize())
    expect(logSize()).toBeLessThan(26 * megabyte)
  })

  test('is seldom moved while it grows, because each move flushes the disk', () => {
    const { database, keeper, writeMeanwhile, growTo } = open()
    writeMeanwhile()
    for (let step = 8; step < 47; step++) {
      growTo((step / 2) * megabyte)
      keeper.look()
    }
    expect(database.asked.filter(sql => sql === moving).length).toBeLessThan(6)
  })

  test('is moved as far as possible while another connection reads, and emptied afterwards', () => {
    const { path, database, keeper, growTo, logSize } = open()
    const reader = new DatabaseSync(path)
    growTo(2 * megabyte)
    reader.exec('BEGIN; SELECT count(*) FROM texts')
    reader.prepare('SELECT count(*) FROM texts').get()
    growTo(30 * megabyte)
    for (let look = 0; look < 3; look++) keeper.look()
    expect(logSize()).toBeGreaterThan(29 * megabyte)
    expect(database.asked).not.toContain(emptying)
    reader.close()
    for (let look = 0; look < 9; look++) keeper.look()
    expect(logSize()).toBe(0)
  })
})
