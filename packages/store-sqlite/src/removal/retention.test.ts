import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteOutbox } from '../outbox.ts'
import { sqliteStore } from '../sqlite-store.ts'

const day = 86_400_000

describe('retention', () => {
  test('prunes automatically, traces and runs each by their own age', async () => {
    const store = sqliteStore(':memory:', { retention: { traces: '30d', runs: '400d' } })
    const at = [10, 100, 500].map(days => Date.now() - days * day)
    const runs = at.map(each => runEvent({ at: each }))
    const roots = at.map(startedAt => span({ startedAt }))
    await store.append([...runs, ...roots])
    const left = async () => [
      (await store.runs.list()).items.length,
      (await store.traces.list()).items.length,
    ]
    expect(await left()).toEqual([3, 3])
    while ((await left()).join() !== '2,1') await setTimeout(20)
    await store.close()
  })

  test('does not keep a process alive, and stops when the store is closed', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = sqliteStore(path, { retention: { runs: '1d' } })
    await store.append([runEvent({ at: Date.now() - 2 * day })])
    await store.close()
    await setTimeout(1100)
    const again = sqliteStore(path)
    expect((await again.runs.list()).items).toHaveLength(1)
    await again.close()
  })

  test.each([[{ traces: '30' }], [{ runs: 5 }], [{ runs: '0d' }], [{ spans: '1d' }], ['30d'], [null]])(
    'is refused when it cannot be read: %j',
    retention => {
      expect(() => sqliteStore(':memory:', { retention: retention as never })).toThrow(
        /not a retention period/,
      )
    },
  )
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('the files of a store', () => {
  test('are readable only by their owner when created, including log, outbox, set-aside file and backup', async () => {
    const directory = scratchDirectory()
    const before = process.umask(0)
    try {
      const store = sqliteStore(join(directory, 'runtape.db'))
      store.appendSync([runEvent()])
      const outbox = sqliteOutbox(join(directory, 'outbox.db'))
      outbox.put([runEvent()])
      await store.backup(join(directory, 'backup.db'))
      const files = readdirSync(directory)
      expect(files.length).toBeGreaterThanOrEqual(7)
      expect(files.map(file => [file, modeOf(join(directory, file))])).toEqual(
        files.map(file => [file, '600']),
      )
      outbox.close()
      await store.close()
    } finally {
      process.umask(before)
    }
  })

  test('keep their mode if they existed', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    writeFileSync(path, '', { mode: 0o640 })
    await sqliteStore(path).close()
    expect(modeOf(path)).toBe('640')
  })
})

describe('a backup', () => {
  test('has all records, including those only in the log, and never overwrites a file', async () => {
    const directory = scratchDirectory()
    const store = sqliteStore(join(directory, 'runtape.db'))
    await store.append([runEvent(), span()])
    const path = join(directory, "it's a backup.db")
    await store.backup(path)
    const copy = sqliteStore(path)
    expect(await copy.runs.list()).toEqual(await store.runs.list())
    await copy.close()
    await expect(store.backup(path)).rejects.toThrow(/exists, and is not overwritten/)
    await expect(store.backup(join(directory, 'none', 'a.db'))).rejects.toMatchObject({
      code: 'store-unusable',
    })
    expect(new DatabaseSync(path).prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    await store.close()
  })
})
