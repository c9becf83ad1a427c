import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { runEvent, span } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const frozen: readonly [string, () => void][] = [
  ['vitest fakes all timers and the date', () => void vi.useFakeTimers({ now: 0 })],
  ['performance.now stands still', () => void vi.spyOn(performance, 'now').mockReturnValue(1)],
  [
    'performance.now of the prototype stands still',
    () => void vi.spyOn(Object.getPrototypeOf(performance) as typeof performance, 'now').mockReturnValue(1),
  ],
  ['the date stands still', () => void vi.spyOn(Date, 'now').mockReturnValue(0)],
]

describe.each(frozen)('where %s', (_how, freeze) => {
  beforeEach(freeze)
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  test('a store opens, accepts records and answers queries', async () => {
    const store = sqliteStore(join(scratchDirectory(), 'tape.db'))
    expect(await store.append(Array.from({ length: 500 }, () => span()))).toMatchObject({ accepted: 500 })
    expect(store.appendSync([runEvent()])).toMatchObject({ accepted: 1 })
    expect((await store.runs.usage())[0]?.runs).toBe(1)
    await store.close()
  })

  test('append, appendSync and opening a store fail on a locked database after the busy timeout', async () => {
    const path = join(scratchDirectory(), 'tape.db')
    const store = sqliteStore(path, { busyTimeoutMs: 30 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.append([runEvent()])).rejects.toThrow('locked')
    expect(() => store.appendSync([runEvent()])).toThrow('locked')
    expect(() => sqliteStore(path, { busyTimeoutMs: 30 })).toThrow('locked')
    other.exec('ROLLBACK')
    other.close()
    await store.close()
  })

  test('creating the log of a locked database fails after the busy timeout', () => {
    const path = join(scratchDirectory(), 'tape.db')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE empty (a); DROP TABLE empty; BEGIN EXCLUSIVE')
    expect(() => sqliteStore(path, { busyTimeoutMs: 30 })).toThrow('locked')
    other.exec('ROLLBACK')
    other.close()
  })
})
