import { join } from 'node:path'
import type { Store } from '@runtape/core/store'
import { folderBlobs, postgresStore } from '@runtape/store-postgres'
import { sqliteStore } from '@runtape/store-sqlite'
import { payload, runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject } from './project.ts'

const context = { kind: 'user', key: 'ann' }

async function emptySchema() {
  const [connectionString, schema] = [await testServer(), testSchema()]
  onTestFinished(async () => {
    await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  })
  return { connectionString, schema, address: `${connectionString}?schema=${schema}` }
}

/** A file that is copied, and the store into which it is. */
async function setting(kind: string) {
  const project = await newProject('empty')
  const file = sqliteStore(join(project.folder, 'a.db'), { worker: false })
  const { connectionString, schema, address } = await emptySchema()
  const to = kind === 'Postgres' ? address : 'b.db'
  const target: Store =
    kind === 'Postgres'
      ? postgresStore({ connectionString, schema, maxConnections: 4 })
      : sqliteStore(join(project.folder, 'b.db'), { worker: false })
  onTestFinished(async () => {
    await Promise.all([file.close(), target.close()])
  })
  const copy = async () =>
    JSON.parse((await project.runtape(['copy', '--from', 'a.db', '--to', to, '--json'])).stdout)
  return { file, target, copy }
}

const pause = () => new Promise(resolve => setTimeout(resolve, 20))

async function putAll(store: Store, traceId: string): Promise<void> {
  for (const [name, filter] of Object.entries({ ann: 'user:ann', text: '"ann"', bob: 'user:bob' }))
    await store.views.put({ name: `of ${name}`, filter })
  const budget = { measure: 'runs', limit: 1, window: '30d' } as const
  await store.budgets.put({ name: 'any-kind', ...budget, where: { contextKey: 'ann' } })
  await store.budgets.put({ name: 'user', ...budget, where: { contextKind: 'user', contextKey: 'ann' } })
  await store.budgets.put({ name: 'bob', ...budget, where: { contextKey: 'bob' } })
  await store.cohorts.create('mine', { put: [{ traceId, note: 'ann is angry' }] })
}

test.each(['Postgres', 'SQLite'])(
  'what was erased only in the target, in %s, does not come back with its views, budgets and cohort entries',
  async kind => {
    const { file, target, copy } = await setting(kind)
    const root = span({ runId: 'of-ann' })
    await file.append([runEvent({ runId: 'of-ann', at: Date.now(), context, traceId: root.traceId }), root])
    await putAll(file, root.traceId)
    await file.budgets.check()
    await copy()
    expect(await target.budgets.list()).toHaveLength(3)
    await pause()
    await target.erase({ context })
    await pause()
    const more = span()
    await file.append([more])
    await file.cohorts.change('mine', { put: [{ traceId: more.traceId }] })
    await file.views.put({ name: 'of new', filter: 'user:new' })
    const { refused } = await copy()
    expect(refused).toHaveLength(4)
    expect(refused.join()).toMatch(/view of ann.*budget any-kind/)
    expect((await target.views.list()).map(({ name }) => name).sort()).toEqual(['of bob', 'of new'])
    expect(JSON.stringify(await target.budgets.list())).not.toContain('ann')
    expect(JSON.stringify(await target.budgets.crossings())).not.toContain('ann')
    expect(JSON.stringify(await target.cohorts.entries('mine'))).not.toContain('angry')
    expect(await target.runs.get('of-ann')).toBeUndefined()
    // She came back.
    await pause()
    await file.budgets.put({
      name: 'user',
      measure: 'runs',
      limit: 9,
      window: '30d',
      where: { contextKind: 'user', contextKey: 'ann' },
    })
    await copy()
    expect((await target.budgets.list()).map(({ name }) => name).sort()).toEqual(['bob', 'user'])
  },
  60_000,
)

test('a tombstone that a late record made does not remove the other records of its run', async () => {
  const [from, to] = [await emptySchema(), await emptySchema()]
  const [source, target] = [from, to].map(({ connectionString, schema }) =>
    postgresStore({ connectionString, schema, maxConnections: 4 }),
  ) as [Store, Store]
  const project = await newProject('empty')
  const [early, late] = [
    runEvent({ runId: 'of-two', at: Date.now(), metric: 'duration', value: 1 }),
    runEvent({ runId: 'of-two', at: Date.now(), context }),
  ]
  await source.append([early])
  await pause()
  await source.erase({ context })
  await source.append([late])
  for (const _ of [1, 2]) {
    const { code, stdout, stderr } = await project.runtape([
      'copy',
      '--from',
      from.address,
      '--to',
      to.address,
    ])
    expect(stdout + stderr).toContain('Verified')
    expect(code).toBe(0)
    expect(await target.runs.get('of-two')).toEqual(await source.runs.get('of-two'))
  }
  await Promise.all([source.close(), target.close()])
}, 60_000)

test('large payloads of a Postgres store are read from RUNTAPE_BLOBS', async () => {
  const { connectionString, schema, address } = await emptySchema()
  const project = await newProject('empty')
  const store = postgresStore({
    ...{ connectionString, schema, maxConnections: 4 },
    blobs: folderBlobs(join(project.folder, 'blobs')),
  })
  const large = span({ input: payload('x'.repeat(200_000)) })
  await store.append([large])
  await store.close()
  const words = ['copy', '--from', address, '--to', 'c.db']
  const without = await project.runtape(words)
  expect(without.code).not.toBe(0)
  expect(without.stdout + without.stderr).toMatch(/RUNTAPE_BLOBS|blobs/)
  const { code, stderr } = await project.runtape(words, { RUNTAPE_BLOBS: 'blobs' })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const other = sqliteStore(join(project.folder, 'c.db'), { worker: false })
  expect((await other.traces.get(large.traceId))?.spans[0]?.input).toEqual(large.input)
  await other.close()
}, 60_000)
