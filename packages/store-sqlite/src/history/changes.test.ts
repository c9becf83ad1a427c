import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { Store } from '@runtape/core/store'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { startChild } from '../../test/children.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { streams } from './change-streams.ts'
import { forgettingMarks } from './forget-marks.ts'

const open = (path: string) => sqliteStore(path, { worker: false })

const startOver = { code: 'revision-unknown', message: expect.stringContaining('Start over') }

const runsSince = async (store: Store, since: string): Promise<string[]> => {
  const { items, revision, hasMore } = await store.changes({ since, limit: 1000, kinds: ['run'] })
  const ids = items.map(({ id }) => id)
  return hasMore ? [...ids, ...(await runsSince(store, revision))] : ids
}

describe('a revision of another store', () => {
  test('is refused, even if this store has as many records', async () => {
    const [a, b] = [open(':memory:'), open(':memory:')]
    for (const store of [a, b]) await store.append([runEvent(), span()])
    await expect(a.changes({ since: await b.revision() })).rejects.toMatchObject(startOver)
    await expect(a.runs.list({ asOf: await b.revision() })).rejects.toMatchObject({ code: 'invalid-option' })
    await Promise.all([a.close(), b.close()])
  })

  test('is one of the store that a backup was made of, unless it was made earlier', async () => {
    const folder = scratchDirectory()
    const [path, copy] = [join(folder, 'runtape.db'), join(folder, 'backup.db')]
    const store = open(path)
    await store.append([runEvent({ runId: 'a' })])
    const before = await store.revision()
    await store.append([runEvent({ runId: 'b' })])
    await store.backup(copy)
    await store.append([runEvent({ runId: 'c' }), runEvent({ runId: 'd' })])
    const after = await store.revision()
    const restored = open(copy)
    await restored.append([runEvent({ runId: 'e' }), runEvent({ runId: 'f' })])
    expect(await runsSince(restored, before)).toEqual(['b', 'e', 'f'])
    expect((await restored.runs.list({ asOf: before })).items.map(({ runId }) => runId)).toEqual(['a'])
    await expect(restored.changes({ since: after })).rejects.toMatchObject(startOver)
    await expect(restored.runs.list({ asOf: after })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(store.changes({ since: await restored.revision() })).rejects.toMatchObject(startOver)
    await Promise.all([store.close(), restored.close()])
  })
})

describe('after the file was replaced', () => {
  const replacing = async (replace: (path: string, earlier: string) => void) => {
    const folder = scratchDirectory()
    const [path, earlier] = [join(folder, 'runtape.db'), join(folder, 'earlier.db')]
    const first = open(path)
    await first.append([runEvent({ runId: 'a' })])
    const shared = await first.revision()
    await first.close()
    copyFileSync(path, earlier)
    const store = open(path)
    await store.append([runEvent({ runId: 'b' })])
    const since = await store.revision()
    replace(path, earlier)
    await setTimeout(100)
    await store.append([runEvent({ runId: 'c' }), runEvent({ runId: 'd' })])
    return { store, since, shared }
  }

  test('by an earlier copy, changes since a revision of the copy are reported, others start over', async () => {
    const { store, since, shared } = await replacing((path, earlier) => renameSync(earlier, path))
    await expect(store.changes({ since })).rejects.toMatchObject(startOver)
    expect(new Set(await runsSince(store, shared))).toEqual(new Set(['b', 'c', 'd']))
    expect(await runsSince(store, await store.revision())).toEqual([])
    await store.close()
  })

  test('by a new file, changes start over', async () => {
    const { store, since, shared } = await replacing(path => rmSync(path))
    await expect(store.changes({ since })).rejects.toMatchObject(startOver)
    await expect(store.changes({ since: shared })).rejects.toMatchObject(startOver)
    await store.close()
  })
})

describe('what the history keeps', () => {
  test('does not grow by reading times that have just passed', async () => {
    const handle = new DatabaseSync(':memory:')
    const store = sqliteStore(handle)
    await store.append([runEvent({ runId: 'a' }), span()])
    const revision = await store.revision()
    const rows = () =>
      ['changes', 'revision_times'].map(
        table => handle.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n,
      )
    const times: number[] = []
    const read = async (asOf: number) => [
      (await store.runs.list({ asOf })).items.length,
      (await store.traces.list({ asOf })).items.length,
      (await store.testRuns.list({ asOf })).items.length,
    ]
    for (let count = 0; count < 30; count++) {
      await setTimeout(2)
      times.push(Date.now())
      expect(await read(times.at(-1) ?? 0)).toEqual([1, 1, 0])
    }
    expect(rows()).toEqual([1, 2])
    await store.append([runEvent({ runId: 'b' }), span()])
    await store.testRuns.start({ key: 'a', sourceTraceIds: [] })
    for (const at of times) expect(await read(at)).toEqual([1, 1, 0])
    expect((await store.changes({ since: times[3] ?? 0 })).items.map(({ kind }) => kind).sort()).toEqual([
      'run',
      'test-run',
      'trace',
    ])
    expect((await store.changes({ since: revision })).items).toHaveLength(3)
    await store.close()
  })

  test('has one row for counts that grow one after the other', async () => {
    const handle = new DatabaseSync(':memory:')
    const store = sqliteStore(handle)
    const told = (runId: string, comment: string) =>
      runEvent({ runId, metric: 'feedback', value: { kind: 'negative', comment } })
    await store.append([told('a', 'one')])
    const since = await store.revision()
    for (let count = 0; count < 50; count++) await store.append([told('a', `other ${count}`)])
    expect(handle.prepare('SELECT count(*) AS n FROM changes').get()?.n).toBe(1)
    expect((await store.changes({ since })).items).toEqual([{ kind: 'health', id: '' }])
    const later = await store.revision()
    await store.append([told('a', 'again')])
    expect((await store.changes({ since: later })).items).toEqual([{ kind: 'health', id: '' }])
    await store.close()
  })

  test('has at most the newest marks of removals; a revision before the forgotten ones starts over', async () => {
    const handle = new DatabaseSync(':memory:')
    const store = sqliteStore(handle)
    const events = Array.from({ length: 700 }, (_, run) => runEvent({ runId: `run-${run}` }))
    await store.append(events)
    const since = await store.revision()
    const half = events.slice(0, 100)
    for (const { runId } of half) await store.erase({ runId })
    const later = await store.revision()
    for (const { runId } of events.slice(100)) await store.erase({ runId })
    const database = new Database(handle, 'test')
    for (const step of forgettingMarks(database, 600)) step.run()
    await expect(store.changes({ since })).rejects.toMatchObject(startOver)
    const { items, hasMore } = await store.changes({ since: later, limit: 1000 })
    expect([items.length, hasMore]).toEqual([600, false])
    expect((await store.runs.list({ asOf: later })).items).toEqual([])
    await store.close()
  })
})

test('names of erased people and runs are in no file, also where a change named them', async () => {
  const folder = scratchDirectory()
  const store = open(join(folder, 'runtape.db'))
  const [context, names] = [{ kind: 'user', key: 'AnnOfNowhere' }, ['ViewOfAnn', 'BudgetOfAnn', 'RunOfBob']]
  await store.append(Array.from({ length: 20 }, () => runEvent()))
  await store.append([runEvent({ runId: 'RunOfBob' }), runEvent({ runId: 'RunOfAnn', context })])
  await store.append([
    runEvent({ runId: 'RunOfBob', metric: 'feedback', value: { kind: 'positive' }, context }),
  ])
  await store.views.put({ name: 'ViewOfAnn', filter: `user:${context.key}` })
  const where = { contextKey: context.key }
  await store.budgets.put({ name: 'BudgetOfAnn', measure: 'runs', limit: 1, window: '1h', where })
  const since = await store.revision()
  await store.erase({ context })
  expect((await store.changes({ since })).items).toContainEqual({ kind: 'run', id: 'RunOfBob' })
  await store.erase({ runId: 'RunOfBob' })
  await store.close()
  for (const file of readdirSync(folder))
    for (const text of [...names, 'RunOfAnn', context.key])
      expect([file, text, readFileSync(join(folder, file)).includes(text)]).toEqual([file, text, false])
})

test('changes are read by their ids, never by scanning a table', () => {
  const handle = new DatabaseSync(':memory:')
  const database = new Database(handle, 'test')
  sqliteStore(handle)
  const plans = streams.flatMap(({ sql }) =>
    database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, 1, 2),
  )
  const details = plans.map(({ detail }) => detail)
  expect(details.filter(detail => detail.includes('SCAN'))).toEqual([])
  expect(details.filter(detail => detail.includes('rowid>? AND rowid<?'))).toHaveLength(streams.length)
})

test('a process that follows another sees every acknowledged run, however often the writer is killed', async () => {
  const folder = scratchDirectory()
  const [path, log] = [join(folder, 'runtape.db'), join(folder, 'side.log')]
  const store = open(path)
  const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [])
  const seen: string[] = []
  let since = await store.revision()
  const follow = async () => {
    const page = await store.changes({ since, limit: 7 })
    seen.push(...page.items.map(({ id }) => id))
    since = page.revision
    return page.hasMore
  }
  for (const name of ['first', 'second', 'third']) {
    const before = logged().length
    const child = startChild('logged-writer.mjs', [path, log, name])
    while (logged().length < before + 60) {
      await follow()
      await setTimeout(1)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  while (await follow());
  const kept = (await store.runs.list({ limit: 1_000_000 })).items.map(({ runId }) => runId)
  await store.close()
  expect(logged().length).toBeGreaterThanOrEqual(180)
  expect(logged().filter(runId => !seen.includes(runId))).toEqual([])
  expect(new Set(seen)).toEqual(new Set(kept))
  // Each run has one event, so none is reported twice.
  expect(seen).toHaveLength(kept.length)
})
