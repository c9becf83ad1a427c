import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { payload, span } from '@runtape/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const secret = 'asked-by-Ada-of-Ockham'

async function withTraces(count: number) {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  onTestFinished(() => store.close())
  const roots = Array.from({ length: count }, () => span())
  await store.append(roots)
  const file = new DatabaseSync(path)
  onTestFinished(() => file.close())
  file.exec('PRAGMA busy_timeout = 5000')
  const rows = (condition: string) =>
    Number(file.prepare(`SELECT count(*) AS n FROM cohort_entries WHERE ${condition}`).get()?.n)
  return { path, store, file, count: rows, ids: roots.map(({ traceId }) => traceId) }
}

/** An entry that fills a transaction. */
const large = (traceId: string) => ({ traceId, expected: payload('x'.repeat(250_000)) })

async function eraseAll(store: SqliteStore, ids: readonly string[]): Promise<void> {
  for (const traceId of ids) await store.erase({ traceId })
}

const filesWith = (path: string, text: string) =>
  readdirSync(dirname(path)).filter(name => readFileSync(join(dirname(path), name)).includes(text))

async function expectForgotten(store: SqliteStore, path: string, name = 'x'): Promise<void> {
  expect((await store.cohorts.versions(name)).items.filter(({ comment }) => comment !== undefined)).toEqual(
    [],
  )
  expect(await store.vacuum()).toBeUndefined()
  expect(filesWith(path, secret)).toEqual([])
}

test('a trace that is erased between two slices of the change that adds it does not keep the comment', async () => {
  const { path, store, ids, count } = await withTraces(6)
  await store.cohorts.create('x')
  const changing = store.cohorts.change('x', { put: ids.map(large), comment: secret })
  await vi.waitFor(() => expect(count('since = 2')).toBeGreaterThan(0), { interval: 0 })
  expect(count('since = 2')).toBeLessThan(6)
  await store.erase({ traceId: ids[0] ?? '' })
  expect(await changing).toMatchObject({ version: 2, size: 6, comment: secret })
  expect((await store.cohorts.get('x'))?.gone).toBe(1)
  await eraseAll(store, ids.slice(1))
  await expectForgotten(store, path)
})

test('nor one that is erased between two slices of the change that removes or replaces it', async () => {
  const { path, store, ids, count } = await withTraces(8)
  await store.cohorts.create('x', { put: ids.map(large) })
  const changing = store.cohorts.change('x', {
    remove: ids.slice(0, 2),
    put: ids.slice(2, 6).map(traceId => ({ ...large(traceId), note: 'again' })),
    comment: secret,
  })
  await vi.waitFor(() => expect(count('until = 2')).toBeGreaterThan(2), { interval: 0 })
  expect(count('until = 2')).toBeLessThan(6)
  await eraseAll(store, ids.slice(0, 3))
  expect(await changing).toMatchObject({ size: 6, removed: 2, changed: 4 })
  expect((await store.cohorts.get('x'))?.gone).toBe(1)
  await eraseAll(store, ids.slice(3, 5))
  expect((await store.cohorts.get('x'))?.comment).toBe(secret)
  await eraseAll(store, ids.slice(5, 6))
  await expectForgotten(store, path)
})

test('a change all of whose traces are erased before it ends keeps no comment', async () => {
  const { path, store, ids } = await withTraces(4)
  await store.cohorts.create('x', { put: ids.map(traceId => ({ traceId })) })
  let isOver = false
  const others = Array.from({ length: 60_000 }, (_, n) => n.toString(16).padStart(32, 'f'))
  const changing = store.cohorts.change('x', { remove: [...ids, ...others], comment: secret })
  void changing.then(() => (isOver = true))
  await eraseAll(store, ids)
  expect(isOver).toBe(false)
  expect(await changing).toMatchObject({ size: 0, removed: 4 })
  await expectForgotten(store, path)
})

test.each([
  ['has its share of the comment erased', false],
  ['is killed there, and the next change counts anew', true],
])(
  'a process whose change another one erases in %s',
  async (_what, isKilled) => {
    const { path, store, file, ids, count } = await withTraces(6000)
    await store.cohorts.create('x')
    const child = startChild('cohort-writer.mjs', [path, 'x', secret])
    await nextMessage(child)
    child.send('go')
    await vi.waitFor(() => expect(count('since = 2')).toBeGreaterThan(100), { timeout: 15_000, interval: 1 })
    if (isKilled) child.kill('SIGKILL')
    const ended = isKilled ? once(child, 'exit') : nextMessage(child)
    const first = file.prepare('SELECT trace_id FROM cohort_entries WHERE since = 2 LIMIT 1').get()
    const erasing = store.erase({ traceId: String(first?.trace_id) })
    await vi.waitFor(() => expect(count('gone = 1')).toBe(1), { timeout: 15_000, interval: 0 })
    expect((await store.cohorts.get('x'))?.version).toBe(1)
    await Promise.all([erasing, ended])
    if (isKilled) {
      // Expires the hold of the killed change without waiting for it.
      file.exec('UPDATE cohorts SET writing_until = 0')
      const left = ids.filter(traceId => traceId !== first?.trace_id).slice(0, 3)
      await store.cohorts.change('x', { put: left.map(traceId => ({ traceId })), comment: secret })
    }
    const touched = file.prepare('SELECT touched_left AS n FROM cohort_versions WHERE version = 2').get()
    expect(touched?.n).toBe(isKilled ? 3 : 5999)
    expect(count('since = 2 AND gone = 0')).toBe(touched?.n)
  },
  60_000,
)
