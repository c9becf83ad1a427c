import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { realDelay } from '@runtape/core/internal'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { inWorker } from '../../test/in-worker.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const open = (path = join(scratchDirectory(), 'runtape.db')): Promise<SqliteStore> =>
  inWorker(sqliteStore(path, { worker: true }))

const events = (count: number) => Array.from({ length: count }, () => runEvent())

/** The workers started by the running test. */
function startedWorkers(): Worker[] {
  const started: Worker[] = []
  const { postMessage } = Worker.prototype
  const spy = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...args) {
    if (!started.includes(this)) started.push(this)
    return postMessage.apply(this, args)
  })
  onTestFinished(() => spy.mockRestore())
  return started
}

function integrityOf(path: string): unknown[] {
  const database = new DatabaseSync(path)
  const found = database.prepare('PRAGMA integrity_check').all()
  database.close()
  return found.map(row => ({ ...row }))
}

/** Number of event loop turns until the promise is settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false]
  const done = promise.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await new Promise(setImmediate)
    turns++
  }
  await done
  return turns
}

describe('reads in a worker', () => {
  test('see everything that was written before them', async () => {
    const store = await open()
    for (let written = 1; written <= 60; written++) {
      if (written % 2) store.appendSync(events(1))
      else await store.append(events(1))
      expect((await store.runs.usage())[0]?.runs).toBe(written)
      expect((await store.runs.list({ limit: 1000 })).items.length).toBe(written)
    }
    expect(await store.revision()).toMatch(/^r60\.0\.0\.0-/)
    await store.close()
  })

  test('see what another process wrote', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = await open(path)
    const child = startChild('writer.mjs', [path, '1', '500'])
    await nextMessage(child)
    const written = nextMessage(child)
    child.send('go')
    await written
    expect((await store.runs.usage())[0]?.runs).toBe(500)
    await store.close()
  })

  test('do not block the process, nor do long answers', async () => {
    const store = await open()
    await store.append(events(5000))
    await store.runs.usage()
    expect(await turnsUntil(store.runs.usage({ groupBy: ['config'] }))).toBeGreaterThan(5)
    const list = store.runs.list({ limit: 1000 })
    expect(await turnsUntil(list)).toBeGreaterThan(20)
    expect(new Set((await list).items.map(({ runId }) => runId)).size).toBe(1000)
    await store.close()
  })

  test('fail with the same errors as without a worker', async () => {
    const store = await open()
    const without = sqliteStore(':memory:')
    const wrong = [
      (each: SqliteStore) => each.runs.list({ cursor: 'none' }),
      (each: SqliteStore) => each.runs.usage({ asOf: 'r7.7' }),
      (each: SqliteStore) => each.traces.list({ limit: -1 }),
    ]
    for (const read of wrong) {
      const error = await read(without).catch(thrown => thrown)
      const message = error.message.replace(':memory:', '')
      const other = await read(store).catch(thrown => thrown)
      expect(other).toMatchObject({ code: 'invalid-option' })
      expect(other.message.replace(/"[^"]*runtape\.db"/, '""')).toBe(message)
    }
    await store.close()
  })

  test('are answered on the thread when the worker ends, and later in the next worker', async () => {
    const workers = startedWorkers()
    const store = await open()
    await store.append(events(2000))
    expect((await store.runs.usage())[0]?.runs).toBe(2000)
    const answers = [store.runs.usage(), store.runs.list(), store.runs.usage()] as const
    await workers[0]?.terminate()
    const [usage, list] = await Promise.all(answers)
    expect([usage[0]?.runs, list.items.length]).toEqual([2000, 50])
    await inWorker(store)
    expect((await store.runs.usage())[0]?.runs).toBe(2000)
    expect(workers.length).toBe(2)
    await store.close()
  })

  test('stay on the thread if workers end repeatedly', async () => {
    const workers = startedWorkers()
    const store = await open()
    for (let ended = 0; ended < 3; ended++) {
      await inWorker(store)
      const answer = store.runs.usage()
      await workers[ended]?.terminate()
      expect((await answer)[0]?.runs).toBe(0)
    }
    await realDelay(300)
    expect(store.diagnostics()).toMatchObject({
      background: 'thread',
      notes: [expect.stringContaining('it ended')],
    })
    expect(store.diagnostics().backgroundReason).toBe('the worker failed: it ended')
    await store.append([runEvent()])
    expect((await store.runs.usage())[0]?.runs).toBe(1)
    await store.close()
  })

  test('do not depend on a clock that a test has stopped', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const store = await open()
    await store.append([runEvent(), span()])
    expect((await store.runs.usage())[0]?.runs).toBe(1)
    expect((await store.traces.list()).items.length).toBe(1)
    await store.close()
  })
})

describe('a worker whose file is replaced', () => {
  test.each(['file', 'log'] as const)('ends, and reads continue in the next one (%s)', async what => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = await open(path)
    await store.append(events(200))
    await store.runs.usage()
    if (what === 'file') renameSync(path, `${path}.old`)
    else for (const suffix of ['-wal', '-shm']) rmSync(path + suffix)
    await realDelay(1000)
    const more = events(200)
    while (!(await store.append(more).catch(() => false))) await realDelay(50)
    // Records acknowledged since the last check of the old file have been copied.
    const runs = (await store.runs.usage())[0]?.runs
    expect(what === 'file' ? [200, 400] : [400]).toContain(runs)
    await store.close()
    const files = what === 'file' ? [path, `${path}.old`] : [path]
    for (const file of files) expect(integrityOf(file)).toEqual([{ integrity_check: 'ok' }])
  })
})

describe('closing a store with a worker', () => {
  test('rejects pending reads, and leaves the file without a log', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = await open(path)
    await store.append(events(3000))
    const reading = store.runs.usage()
    const refused = expect(reading).rejects.toMatchObject({ code: 'store-closed' })
    await store.close()
    await refused
    await expect(store.runs.usage()).rejects.toMatchObject({ code: 'store-closed' })
    const again = sqliteStore(path, { worker: false })
    expect((await again.runs.usage())[0]?.runs).toBe(3000)
    await again.close()
  })

  test('also ends the worker if it is not running yet', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = sqliteStore(path, { worker: true })
    await store.append([runEvent()])
    await store.close()
    await realDelay(200)
    expect(store.diagnostics().background).toBe('thread')
  })
})
