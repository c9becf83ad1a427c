import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listedContents, Mirror } from '../../../testing/src/contract/history/mirror.ts'
import { type EmbeddedServer, newServer, startEmbedded } from '../../test/embedded.mjs'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { migratePostgres, postgresStore } from '../index.ts'

let young: EmbeddedServer

beforeAll(async () => {
  // A new server has low transaction ids: those of the loaded rows are in its future.
  young = await startEmbedded()
})
afterAll(() => young.remove())

const runsOf = async (store: Store, asOf?: string) =>
  (await store.runs.list({ ...(asOf && { asOf }), limit: 100 })).items.map(({ runId }) => runId).sort()

const add = (store: Store, ...runIds: string[]) => store.append(runIds.map(runId => runEvent({ runId })))

/** Loads the tables of a schema as pg_dump and psql do: the same definitions, the same rows, the same sequence. */
async function load(from: string, to: string, schema: string): Promise<void> {
  const [source, target] = [from, to].map(connectionString => new pg.Client({ connectionString }))
  if (!source || !target) throw new Error('no clients')
  await Promise.all([source.connect(), target.connect()])
  const { sql: script } = await migratePostgres({ connectionString: to, schema, dryRun: true })
  await target.query(script)
  const { rows: tables } = await source.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`,
  )
  for (const { tablename } of tables) {
    const { rows } = await source.query(`SELECT one::text AS row FROM ${schema}.${tablename} AS one`)
    await target.query(
      `TRUNCATE ${schema}.${tablename}; INSERT INTO ${schema}.${tablename}
       SELECT (row::${schema}.${tablename}).* FROM unnest(ARRAY[${rows.map(({ row }) => target.escapeLiteral(row)).join(',')}]::text[]) AS row`,
    )
  }
  const { rows } = await source.query(`SELECT last_value FROM ${schema}.ids`)
  await target.query(`SELECT setval('${schema}.ids', ${rows[0].last_value})`)
  await Promise.all([source.end(), target.end()])
}

/** A store with rows of two revisions. */
async function original(connectionString: string) {
  const schema = testSchema()
  const store = postgresStore({ connectionString, schema, maxConnections: 3 })
  await add(store, 'a', 'b')
  await store.append([span()])
  const first = await store.revision()
  await add(store, 'c')
  await store.views.put({ name: 'mine', filter: 'status:error' })
  return { schema, store, first, last: await store.revision() }
}

/** Transaction ids that the young server does not reach. */
async function spendIds(connectionString: string): Promise<void> {
  await run(
    connectionString,
    `DO $$ BEGIN FOR n IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
  )
}

test.each(['a new server', 'another database of the same server'])(
  'tables that were loaded into %s are another store, which knows the revisions up to the copy',
  async where => {
    const connectionString = await testServer()
    await spendIds(connectionString)
    const { schema, store, first, last } = await original(connectionString)
    const address = new URL(where === 'a new server' ? young.connectionString : connectionString)
    if (where !== 'a new server') {
      await run(connectionString, `CREATE DATABASE of_${schema}`)
      address.pathname = `/of_${schema}`
    }
    await load(connectionString, address.href, schema)
    await add(store, 'only in the original')
    const later = await store.revision()

    const refused = postgresStore({ connectionString: address.href, schema, migrate: false })
    await expect(refused.revision()).rejects.toThrow(/loaded from a dump.*runtape migrate/s)
    await refused.close()
    const copies = Array.from({ length: 3 }, () =>
      postgresStore({ connectionString: address.href, schema, maxConnections: 2 }),
    )
    const [copy, second] = copies as [Store, Store]
    await Promise.all(copies.map(each => each.revision()))
    expect(await runsOf(copy)).toEqual(['a', 'b', 'c'])
    expect([await runsOf(copy, first), await runsOf(copy, last)]).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ])
    await expect(runsOf(copy, later)).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(copy.changes({ since: later })).rejects.toMatchObject({ code: 'revision-unknown' })

    const copied = await copy.revision()
    expect(copied.slice(-8)).not.toBe(last.slice(-8))
    await add(copy, 'd')
    await second.views.remove('mine')
    const ids = (await copy.changes({ since: last })).items.map(({ kind }) => kind)
    expect(ids.sort()).toEqual(['run', 'view'])
    expect((await copy.changes({ since: first })).items.map(({ kind }) => kind).sort()).toEqual([
      'run',
      'run',
      'view',
    ])
    expect([await runsOf(copy, copied), await runsOf(copy)]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'd'],
    ])
    const [page] = [await copy.runs.list({ limit: 2 })]
    await add(second, 'e')
    const rest = await copy.runs.list({ limit: 9, cursor: page?.nextCursor ?? '' })
    expect([...page.items, ...rest.items].map(({ runId }) => runId).sort()).toEqual(['a', 'b', 'c', 'd'])
    // The original does not know what the copy did.
    await expect(store.changes({ since: await copy.revision() })).rejects.toMatchObject({
      code: 'revision-unknown',
    })
    const mirror = new Mirror()
    const start = (await copy.changes({ since: testTime, asOf: testTime })).revision
    await mirror.follow(copy, start, { limit: 2 })
    expect(mirror.contents().runs).toEqual((await listedContents(copy, [])).runs)
    await Promise.all([...copies, store].map(each => each.close()))
  },
  120_000,
)

test('a copy of a copy is a third store, and a renamed schema stays the same one', async () => {
  const connectionString = await testServer()
  const { schema, store, last } = await original(connectionString)
  await store.close()
  await load(connectionString, young.connectionString, schema)
  const copy = postgresStore({ connectionString: young.connectionString, schema })
  await add(copy, 'd')
  const second = await copy.revision()
  await copy.close()
  await run(young.connectionString, `CREATE DATABASE again_${schema}`)
  const again = new URL(young.connectionString)
  again.pathname = `/again_${schema}`
  await load(young.connectionString, again.href, schema)
  const third = postgresStore({ connectionString: again.href, schema })
  expect(await runsOf(third, last)).toEqual(['a', 'b', 'c'])
  expect(await runsOf(third, second)).toEqual(['a', 'b', 'c', 'd'])
  expect(new Set([last, second, await third.revision()].map(text => text.slice(-8))).size).toBe(3)
  await third.close()

  const renamed = testSchema()
  await run(connectionString, `ALTER SCHEMA ${schema} RENAME TO ${renamed}`)
  const same = postgresStore({ connectionString, schema: renamed })
  expect(await same.revision()).toBe(last)
  await same.close()
  await run(connectionString, `DROP SCHEMA ${renamed} CASCADE`)
}, 120_000)

test('a standby that is promoted has the same store, and followers go on', async () => {
  const primary = await startEmbedded()
  const { schema, store, last } = await original(primary.connectionString)
  const mirror = new Mirror()
  const since = await mirror.follow(
    store,
    (await store.changes({ since: testTime, asOf: testTime })).revision,
  )
  await store.close()
  await primary.stop()
  // The copy of the stopped primary's files is what a standby has received.
  const standby = await newServer()
  standby.copyFrom(primary)
  await standby.start()
  const promoted = postgresStore({ connectionString: standby.connectionString, schema, migrate: false })
  expect(await promoted.revision()).toBe(last)
  await add(promoted, 'after the failover')
  await mirror.follow(promoted, since)
  expect(mirror.contents().runs).toEqual(['a', 'after the failover', 'b', 'c'])
  await promoted.close()
  await Promise.all([standby.remove(), primary.remove()])
}, 120_000)
