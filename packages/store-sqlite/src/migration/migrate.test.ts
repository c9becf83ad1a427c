import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { writeOldRuns } from '../../test/old-runs.mjs'
import { scratchDirectory } from '../../test/scratch.ts'
import { applicationId, migrations } from '../schema.ts'
import { sqliteStore } from '../sqlite-store.ts'

const runs = 30_000
const firstAt = Date.UTC(2026, 0, 1)

function oldFile(count = runs): string {
  const path = join(scratchDirectory(), 'runtape.db')
  writeOldRuns(path, { schema: migrations[0] ?? '', applicationId, runs: count, firstAt })
  return path
}

function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The columns of every table, in order, and the names of everything else. */
function schemaOf(database: DatabaseSync): unknown {
  const all = database.prepare('SELECT type, name FROM sqlite_schema ORDER BY type, name').all()
  return all.map(({ type, name }) => [
    type,
    name,
    ...(type === 'table' ? database.prepare(`PRAGMA table_xinfo(${name})`).all() : []),
  ])
}

describe('a file of the first version', () => {
  test('opens without reading its runs', async () => {
    const path = oldFile()
    const reading = cpuMsOf(() => {
      const database = new DatabaseSync(path)
      database.prepare('PRAGMA quick_check(run_events)').all()
      database.close()
    })
    let store: ReturnType<typeof sqliteStore> | undefined
    // ALTER TABLE would check all rows for each of thirteen columns.
    expect(cpuMsOf(() => (store = sqliteStore(path, { worker: false })))).toBeLessThan(reading * 2)
    await store?.close()
  })

  test.each([50, runs])('with %i runs has the schema of a new one, and is sound', async count => {
    const [path, other] = [oldFile(count), join(scratchDirectory(), 'new.db')]
    const store = sqliteStore(path, { worker: false })
    await sqliteStore(other, { worker: false }).close()
    // A large file keeps an index until then.
    await store.vacuum()
    await store.close()
    const [database, fresh] = [new DatabaseSync(path), new DatabaseSync(other)]
    expect(schemaOf(database)).toEqual(schemaOf(fresh))
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    database.close()
    fresh.close()
  })

  test('is still written by a process of that version that has it open', async () => {
    const path = oldFile(100)
    const old = new DatabaseSync(path)
    const insert =
      old.prepare(`INSERT INTO run_events (run_id, metric, at, config_key, variation_key, version,
      model_name, provider_name, value_json, milliseconds) VALUES (?, 'duration', ?, 'c', 'v', 1, 'm', 'p', '5', 5)`)
    insert.run('before', firstAt)
    const store = sqliteStore(path, { worker: false })
    insert.run('after', firstAt)
    expect((await store.runs.usage())[0]?.runs).toBe(102)
    insert.run('later', firstAt)
    expect((await store.runs.usage())[0]?.runs).toBe(103)
    await store.close()
    old.close()
  })

  test('is migrated through a handle of the application, which stays protected', async () => {
    const path = oldFile(50)
    const handle = new DatabaseSync(path)
    const store = sqliteStore(handle)
    expect((await store.runs.usage())[0]?.runs).toBe(50)
    await store.close()
  })
})
