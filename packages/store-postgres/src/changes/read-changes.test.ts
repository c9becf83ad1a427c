import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, Store } from '@runtape/core/store'
import { runEvent, span } from '@runtape/testing'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

/** Two stores on one schema, and a connection beside them. */
async function opened() {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const [store, second] = [1, 2].map(() => postgresStore({ connectionString, schema, maxConnections: 3 }))
  if (!store || !second) throw new Error('no stores')
  await store.append([runEvent({ runId: 'first' })])
  const other = new pg.Client({ connectionString })
  await other.connect()
  onTestFinished(async () => {
    await Promise.all([store.close(), second.close(), other.end()])
    await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
  })
  return { store, second, other, schema, connectionString }
}

const idsOf = (items: readonly Change[]) => items.map(({ id }) => id).sort()

async function pagesSince(store: Store, since: string, limit: number) {
  const pages: string[][] = []
  for (let [from, more] = [since, true]; more; ) {
    const page = await store.changes({ since: from, limit })
    pages.push(page.items.map(({ id }) => id))
    ;[from, more] = [page.revision, page.hasMore]
  }
  return pages
}

const blockedByThis =
  'SELECT DISTINCT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))'

/** Appends records in a transaction that stays open until the returned function is called. */
async function appendSlowly({ second, other, schema }: Awaited<ReturnType<typeof opened>>, runIds: string[]) {
  // The other transaction adds the last run, so that the append waits for it after it has written something.
  await other.query('BEGIN')
  await other.query(`INSERT INTO ${schema}.runs (run_id) VALUES ('~last')`)
  const appended = second.append([...runIds, '~last'].map(runId => runEvent({ runId })))
  appended.catch(() => {})
  while ((await other.query(blockedByThis)).rows.length === 0) await sleep(5)
  return async () => {
    await other.query('ROLLBACK')
    return appended
  }
}

test('a change whose transaction ends late is neither skipped nor repeated', async () => {
  const own = await opened()
  const { store } = own
  const since = await store.revision()
  const finish = await appendSlowly(own, ['slow-1', 'slow-2'])
  await store.append([runEvent({ runId: 'quick-1' })])
  const first = await store.changes({ since })
  expect([idsOf(first.items), first.hasMore]).toEqual([['quick-1'], false])
  expect(first.revision).toMatch(/^r\d+\.\d+-/)
  await store.append([runEvent({ runId: 'quick-2' })])
  const asOf = await store.revision()
  await finish()
  await store.append([runEvent({ runId: 'quick-3' })])
  expect(idsOf((await store.changes({ since: first.revision, asOf })).items)).toEqual(['quick-2'])
  expect(idsOf((await store.changes({ since: asOf })).items)).toEqual([
    'quick-3',
    'slow-1',
    'slow-2',
    '~last',
  ])
  const pages = await pagesSince(store, first.revision, 1)
  expect(pages.flat().sort()).toEqual(['quick-2', 'quick-3', 'slow-1', 'slow-2', '~last'])
  expect((await store.runs.list({ asOf })).items.map(({ runId }) => runId).sort()).toEqual([
    'first',
    'quick-1',
    'quick-2',
  ])
})

test('what a killed writer had begun is no change, and its transaction is no part of later revisions', async () => {
  const own = await opened()
  const since = await own.store.revision()
  const finish = await appendSlowly(own, ['lost'])
  const during = await own.store.revision()
  await own.store.append([runEvent({ runId: 'kept' })])
  const open = await own.store.revision()
  const { rows } = await own.other.query(blockedByThis)
  await own.other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  await expect(finish()).rejects.toThrow()
  expect(during).toBe(since)
  expect(open).toMatch(/^r\d+\.\d+-/)
  const page = await own.store.changes({ since: open })
  expect(page.items).toEqual([])
  expect(page.revision).toMatch(/^r\d+-/)
  expect(idsOf((await own.store.changes({ since })).items)).toEqual(['kept'])
})

test.each([1, 7, 1000])('one batch of many records is read in pages of %i, each record once', async limit => {
  const { store } = await opened()
  const since = await store.revision()
  const count = limit === 1 ? 30 : 300
  const batch = Array.from({ length: count }, (_, index) =>
    index % 3 === 0 ? span() : runEvent({ runId: `run-${index}` }),
  )
  await store.append(batch)
  const pages = await pagesSince(store, since, limit)
  const ids = pages.flat()
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toHaveLength(count)
  expect(pages.length).toBe(Math.ceil(count / limit))
})

test('a revision in the middle of a batch can be read as of, and shows the whole batch', async () => {
  const { store } = await opened()
  const since = await store.revision()
  await store.append(['a', 'b', 'c'].map(runId => runEvent({ runId })))
  const { revision: asOf } = await store.changes({ since, limit: 1 })
  await store.append([runEvent({ runId: 'd' })])
  expect((await store.runs.list({ asOf })).items.map(({ runId }) => runId).sort()).toEqual([
    'a',
    'b',
    'c',
    'first',
  ])
  const { items, revision } = await store.changes({ since: asOf, asOf: since })
  expect([items, revision]).toEqual([[], asOf])
})

test('a very long id is reported in full', async () => {
  const { store } = await opened()
  const since = await store.revision()
  const runId = `${'long-'.repeat(200)}end`
  const event = runEvent({ runId, metric: 'tokens', value: { input: 1, output: 1, total: 2 } })
  await store.append([event])
  expect((await store.changes({ since })).items).toEqual([{ kind: 'run', id: runId }])
  const priced = await store.revision()
  await store.append([{ ...event, cost: { nanoUsd: 1, priceList: 'a@1' } }])
  expect((await store.changes({ since: priced })).items).toEqual([{ kind: 'run', id: runId }])
})

test('names of what was removed are in no row', async () => {
  const { store, other, schema } = await opened()
  for (const name of ['secret-view', 'secret-view']) {
    await store.views.put({ name, filter: 'status:error' })
    await store.views.remove(name)
  }
  await store.cohorts.create('secret-cohort')
  await store.cohorts.remove('secret-cohort')
  await store.budgets.put({ name: 'secret-budget', measure: 'runs', limit: 1, window: '1h' })
  await store.budgets.remove('secret-budget')
  const { rows } = await other.query(`SELECT * FROM ${schema}.changes`)
  expect(rows).toEqual([])
})

test('many counts of health leave one row', async () => {
  const { store, other, schema } = await opened()
  const since = await store.revision()
  for (let count = 1; count <= 20; count++)
    await store.health.report({
      reporter: 'a',
      counts: [{ kind: 'refused', count, firstAt: 1, lastAt: 2, samples: [] }],
    })
  expect((await store.changes({ since })).items).toEqual([{ kind: 'health', id: '' }])
  const { rows } = await other.query(`SELECT count(*)::int AS n FROM ${schema}.changes`)
  expect(rows).toEqual([{ n: 1 }])
})

test('a revision from before forgotten marks of removals is refused, a later one is not', async () => {
  const { store, other, schema } = await opened()
  const before = await store.revision()
  await store.append([runEvent({ runId: 'a' })])
  await other.query(
    `INSERT INTO ${schema}.removal_changes_floor (xid, received_at) SELECT max(xid::text::bigint)::text::xid8, 0 FROM ${schema}.run_events`,
  )
  await expect(store.changes({ since: before })).rejects.toMatchObject({ code: 'revision-unknown' })
  expect((await store.changes({ since: await store.revision() })).items).toEqual([])
})

test('a revision stays while only other applications write, and a long transaction of theirs is no part of it', async () => {
  const { store, other } = await opened()
  await other.query('BEGIN; CREATE TEMP TABLE theirs (id int); INSERT INTO theirs VALUES (1)')
  await store.append([runEvent()])
  const revision = await store.revision()
  expect(revision).toMatch(/^r\d+-[0-9a-f]{8}$/)
  await other.query('COMMIT; DROP TABLE theirs')
  expect(await store.revision()).toBe(revision)
  expect(await store.changes({ since: revision })).toEqual({ items: [], revision, hasMore: false })
})
