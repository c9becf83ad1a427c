import type { RunEvent, SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { type PgPool, postgresStore } from '../index.ts'

const schema = testSchema()
let connectionString: string
beforeAll(async () => {
  connectionString = await testServer()
})
afterAll(() => run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`))

const json = (value: unknown) => ({ json: JSON.stringify(value) })

/** This many roots and comments that contain a needle. */
const needles = (count: number): (RunEvent | SpanRecord)[] =>
  Array.from({ length: count }, (_, index) => testTime + index).flatMap(at => [
    span({ startedAt: at, input: json([`needle ${at}`]) }),
    runEvent({ metric: 'feedback', at, value: { kind: 'negative', comment: `needle ${at}` } }),
  ])

const foundIn = async (store: Store, text = 'needle') =>
  (await store.search({ text, limit: 100_000 })).items.length

/** Searches until everything was searched. */
async function wholly(store: Store, text: string) {
  for (let tries = 0; tries < 200; tries++) {
    const hits = await store.search({ text, limit: 100_000 })
    if (hits.completeTo === (await store.revision())) return hits.items
  }
  throw new Error('search never becomes complete')
}

describe('search in Postgres', () => {
  test('is refused until a store was opened with it, finds what came before, and what came while it was off', async () => {
    const target = { connectionString, schema, maxConnections: 3 }
    expect(() => postgresStore({ ...target, search: 1 as never })).toThrow(/search must be true or false/)
    const off = postgresStore(target)
    await off.append(needles(300))
    await expect(off.search({ text: 'needle' })).rejects.toThrow(/search: true/)
    const on = postgresStore({ ...target, search: true })
    expect((await wholly(on, 'needle')).length).toBe(600)
    await on.close()
    await off.append(needles(10))
    const part = await off.search({ text: 'needle', limit: 10_000 })
    expect(part.items).toHaveLength(600)
    expect(part.completeTo).not.toBe(await off.revision())
    const again = postgresStore({ ...target, search: true })
    expect((await wholly(again, 'needle')).length).toBe(620)
    expect(await foundIn(off)).toBe(620)
    await Promise.all([off.close(), again.close()])
  }, 60_000)

  test('adds texts behind the writes, without being searched', async () => {
    const name = testSchema()
    const store = postgresStore({ connectionString, schema: name, search: true })
    await store.append(needles(20))
    const texts = () => run(connectionString, `SELECT count(*)::int AS n FROM ${name}.search_texts`)
    // Each root has its default output, too.
    await expect.poll(async () => (await texts()).rows[0].n, { timeout: 20_000 }).toBe(60)
    await store.close()
    await run(connectionString, `DROP SCHEMA ${name} CASCADE`)
  }, 60_000)

  test('misses no text of a transaction that ends late, and waits for none', async () => {
    const name = testSchema()
    const target = { schema: name, search: true }
    const pool = new pg.Pool({ connectionString, max: 2 })
    const late = lateCommits(pool)
    const slow = postgresStore({ pool: late.pool, ...target })
    const quick = postgresStore({ connectionString, ...target })
    await slow.append([runEvent()])
    late.hold()
    const appending = slow.append(needles(3))
    await late.reached
    await quick.append(needles(5))
    expect(await wholly(quick, 'needle')).toHaveLength(10)
    late.release()
    await appending
    expect(await wholly(quick, 'needle')).toHaveLength(16)
    await Promise.all([slow.close(), quick.close()])
    await pool.end()
    await run(connectionString, `DROP SCHEMA ${name} CASCADE`)
  }, 60_000)
})

/** A pool whose next commits wait. */
function lateCommits(real: pg.Pool) {
  const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isHolding = false
  const pool: PgPool = {
    connect: async () => {
      const client = await real.connect()
      return {
        query: async query => {
          if (isHolding && query.text === 'COMMIT') {
            reached.resolve()
            await held.promise
          }
          return client.query(query as pg.QueryConfig)
        },
        on: (event, listener) => client.on(event, listener),
        off: (event, listener) => client.off(event, listener),
        release: destroy => client.release(destroy as Error),
      }
    },
    end: async () => {},
  }
  return {
    pool,
    reached: reached.promise,
    hold: () => {
      isHolding = true
    },
    release: () => {
      isHolding = false
      held.resolve()
    },
  }
}
