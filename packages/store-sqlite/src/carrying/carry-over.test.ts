import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readEverything, writeEverything } from '../../test/everything.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { noMarks, readMarks } from '../files/file-marks.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { copiedNote } from './carried-note.ts'
import { carryOver, carryRest } from './carry-over.ts'
import { forgetChangedRows, hasChangedRows, noteChanges } from './changed-rows.ts'
import { carryingOfTables } from './tables.ts'

/** A store, and the same connection as the code that carries has it. */
function opened(path = join(scratchDirectory(), 'runtape.db')) {
  const handle = new DatabaseSync(path)
  const store = sqliteStore(handle, { worker: false })
  onTestFinished(() => store.close())
  const database = new Database(handle, `"${path}"`)
  noteChanges(database)
  const rows = (table: string) => Number(handle.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  /** As a check that finds the file in its place. */
  const check = () => {
    forgetChangedRows(database)
    return readMarks(database) ?? noMarks
  }
  return { path, store, database, rows, check }
}

/** Copies of a file as it is now. */
async function copyOf({ store }: ReturnType<typeof opened>) {
  const path = join(scratchDirectory(), 'backup.db')
  await store.backup(path)
  return opened(path)
}

const tablesOf = (database: Database): string[] =>
  database
    .all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
    .map(({ name }) => name)

test('every table of the schema is carried, or listed with the reason why not', () => {
  const { database } = opened()
  expect(Object.keys(carryingOfTables).sort()).toEqual(tablesOf(database).sort())
})

describe('what was written since the last check', () => {
  test('is in the next file, from every table that is carried', async () => {
    const [old, next] = [opened(), opened()]
    const marks = old.check()
    await writeEverything(old.store, 'ann')
    const carried = carryOver(old.database, next.database, marks, [])
    expect(carried).toMatchObject({ problem: undefined, lost: {} })
    expect(carried.copied).toEqual({
      'test runs': 1,
      items: 2,
      verdicts: 2,
      reviews: 2,
      cohorts: 1,
      views: 1,
      budgets: 1,
      crossings: 1,
      counts: 3,
    })
    expect(copiedNote(carried)).toMatch(
      /^\d+ records, 1 test run, 2 items, .* and 3 counts that were written/,
    )
    expect(await readEverything(next.store, 'ann')).toEqual(await readEverything(old.store, 'ann'))
    for (const [table, how] of Object.entries(carryingOfTables)) {
      if (typeof how === 'object' && 'not' in how) continue
      // Extend `writeEverything` if a new table has no rows here. The outbox is another part of the package.
      if (table !== 'outbox') expect([table, old.rows(table) > 0]).toEqual([table, true])
      expect([table, next.rows(table)]).toEqual([table, old.rows(table)])
    }
  })

  test('is copied once, whichever processes copy it', async () => {
    const [old, next] = [opened(), opened()]
    const other = opened(old.path)
    const [marks, theirs] = [old.check(), other.check()]
    await writeEverything(old.store, 'ann')
    await writeEverything(other.store, 'bob')
    carryOver(old.database, next.database, marks, [])
    carryOver(other.database, next.database, theirs, [])
    const counts = async ({ store }: typeof old) =>
      (await store.health.get()).counts.map(({ kind, count }) => [kind, count])
    expect(await counts(next)).toEqual(await counts(old))
    for (const name of ['ann', 'bob'])
      expect(await readEverything(next.store, name)).toEqual(await readEverything(old.store, name))
  })

  test('is all that is copied: what a backup lacks from before stays as the person wanted it', async () => {
    const old = opened()
    const next = await copyOf(old)
    await writeEverything(old.store, 'before')
    const marks = old.check()
    expect(hasChangedRows(old.database)).toBe(false)
    await old.store.views.put({ name: 'later', filter: 'model:b' })
    await old.store.reviews.withdraw({ runId: 'before', by: 'bo' })
    const { copied } = carryOver(old.database, next.database, marks, [])
    // A withdrawn review is copied with what it said.
    expect(copied).toEqual({ views: 1, reviews: 1 })
    expect((await next.store.views.list()).map(({ name }) => name)).toEqual(['later'])
    expect((await next.store.cohorts.list()).items).toEqual([])
  })

  test('includes what was changed and removed', async () => {
    const old = opened()
    await writeEverything(old.store, 'ann')
    const next = await copyOf(old)
    const marks = old.check()
    const [view] = await old.store.views.list()
    await old.store.views.put({ name: 'ann', filter: 'model:c', version: view?.version as number })
    await old.store.cohorts.remove('ann')
    await old.store.budgets.put({ name: 'ann', measure: 'runs', limit: 50, window: '24h' })
    await old.store.reviews.withdraw({ runId: 'ann', by: 'bo' })
    await old.store.testRuns.withdrawVerdict(
      'ann',
      (await old.store.testRuns.get('ann'))?.sourceTraceIds[0] ?? '',
      {},
    )
    const later = async ({ store }: typeof old) => ({
      views: await store.views.list(),
      cohorts: await store.cohorts.list(),
      budgets: await store.budgets.list(),
      reviews: (await store.reviews.list({ history: true })).items,
      verdicts: await store.testRuns.verdicts('ann'),
    })
    const { copied } = carryOver(old.database, next.database, marks, [])
    expect(copied).toEqual({ verdicts: 1, reviews: 1, cohorts: 1, views: 1, budgets: 1 })
    expect(await later(next)).toEqual(await later(old))
    expect((await next.store.cohorts.create('ann')).version).toBe(3)
    const again = old.check()
    await old.store.views.remove('ann')
    await old.store.budgets.remove('ann')
    carryOver(old.database, next.database, again, [])
    expect([await next.store.views.list(), await next.store.budgets.list()]).toEqual([[], []])
  })

  test('and was rolled back, is not', async () => {
    const [old, next] = [opened(), opened()]
    await next.store.views.put({ name: 'x', filter: 'model:a' })
    const marks = old.check()
    const failing = () =>
      old.database.transaction(() => {
        old.database.run("INSERT INTO views VALUES ('x', 'model:b', NULL, NULL, 9e15, 1)")
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    expect(carryOver(old.database, next.database, marks, []).copied).toEqual({})
    expect((await next.store.views.get('x'))?.filter).toBe('model:a')
  })
})

test('an item, its late facts and a verdict bring their test run into an empty file', async () => {
  const [old, next] = [opened(), opened()]
  await writeEverything(old.store, 'ann')
  const marks = old.check()
  const [traceId = ''] = (await old.store.testRuns.get('ann'))?.sourceTraceIds ?? []
  const late = { sourceTraceId: traceId, attempt: 2, outcome: 'changed', lateErrors: [], calls: [] } as const
  await old.store.testRuns.putLate('ann', late)
  await old.store.testRuns.putVerdict('ann', traceId, { pass: false, by: 'cy' })
  const { copied } = carryOver(old.database, next.database, marks, [])
  expect(copied).toMatchObject({ items: 1, verdicts: 1 })
  expect((await next.store.testRuns.items('ann')).items).toMatchObject([{ attempt: 2, outcome: 'changed' }])
})

test('nothing about a run or a trace that was erased in the next file is copied', async () => {
  const old = opened()
  const root = span({ runId: 'hers' })
  const { traceId } = root
  await old.store.append([root, runEvent({ runId: 'hers', traceId })])
  const next = await copyOf(old)
  await next.store.erase({ runId: 'hers' })
  await next.store.erase({ traceId })
  const marks = old.check()
  await old.store.reviews.put({ runId: 'hers', by: 'bo', comment: 'of Ada' })
  await old.store.reviews.put({ traceId, by: 'bo', comment: 'of Ada' })
  await old.store.cohorts.create('x', { put: [{ traceId, note: 'of Ada' }], comment: 'of Ada' })
  carryOver(old.database, next.database, marks, [])
  expect((await next.store.reviews.list({ history: true })).items).toEqual([])
  expect(await next.store.cohorts.get('x')).toEqual({
    ...(await old.store.cohorts.get('x')),
    gone: 1,
    comment: undefined,
  })
  for (const table of tablesOf(next.database))
    expect([
      table,
      JSON.stringify(next.database.select(`SELECT * FROM ${table}`, [])).includes('of Ada'),
    ]).toEqual([table, false])
})

test('a cohort that both files continued is named as lost, set aside and counted', async () => {
  const old = opened()
  await old.store.cohorts.create('x', { comment: 'one' })
  const next = await copyOf(old)
  const marks = old.check()
  const root = span()
  for (const { store } of [old, next]) {
    await store.append([root])
    await store.cohorts.change('x', { put: [{ traceId: root.traceId }] })
  }
  const carried = carryOver(old.database, next.database, marks, [])
  expect(carried.lost).toEqual({ cohorts: 1 })
  expect(copiedNote(carried)).toContain('1 cohort could not be copied, because the new file has others')
  expect(next.store.setAside.list()).toMatchObject([{ json: expect.stringContaining('"cohorts":"x"') }])
})

test('everything readable of a damaged file is copied into a file that has newer things', async () => {
  const [old, next] = [opened(), opened()]
  await writeEverything(old.store, 'ann')
  await next.store.views.put({ name: 'ann', filter: 'model:z' })
  const { copied, lost, problem } = await carryRest(old.database, next.database)
  expect([lost, problem]).toEqual([{}, undefined])
  expect(copied).toEqual({
    'test runs': 1,
    items: 2,
    verdicts: 2,
    reviews: 2,
    cohorts: 1,
    budgets: 1,
    crossings: 1,
    counts: 3,
  })
  const [seen, before] = [await readEverything(next.store, 'ann'), await readEverything(old.store, 'ann')]
  expect(seen).toMatchObject({ ...(before as object), views: [{ filter: 'model:z' }] })
})

test('a budget whose level was reported in the old file is reported again only after it was left', async () => {
  const [old, next] = [opened(), opened()]
  const marks = old.check()
  await writeEverything(old.store, 'ann')
  carryOver(old.database, next.database, marks, [])
  expect(await next.store.budgets.check()).toEqual([])
  await next.store.erase({ context: { kind: 'user', key: 'nobody' } })
  await next.store.prune({ runs: { before: Date.now() + 60_000 } })
  expect(await next.store.budgets.check()).toEqual([])
  await next.store.append(
    ['a', 'b'].map(runId => runEvent({ runId, at: Date.now(), context: { kind: 'user', key: 'ann' } })),
  )
  expect(await next.store.budgets.check()).toMatchObject([{ number: 2 }])
})
