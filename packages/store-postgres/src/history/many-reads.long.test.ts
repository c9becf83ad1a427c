import { setTimeout as sleep } from 'node:timers/promises'
import { RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fill, past, pastReads } from '../../../testing/src/contract/history/past.ts'
import { RandomWork } from '../../../testing/src/contract/history/random-work.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

let connectionString: string
const schema = testSchema()
const stores: Store[] = []

beforeAll(async () => {
  connectionString = await testServer()
  for (let count = 0; count < 5; count++)
    stores.push(postgresStore({ connectionString, schema, maxConnections: 4, search: true }))
})
afterAll(async () => {
  await Promise.all(stores.map(store => store.close()))
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})

/** Removals change earlier revisions, too, so there are none. */
const withoutRemovals = (store: Store): Store => ({
  ...store,
  prune: async () => ({ traces: 0, spans: 0, runs: 0, runEvents: 0, waiting: 0 }),
  erase: async () => ({ traces: 0, spans: 0, runs: 0, runEvents: 0, waiting: 0 }),
  cohorts: { ...store.cohorts, remove: async () => false },
})

/** Writes on several connections until `until` resolves. They refuse each other some steps. */
async function write(store: Store, seed: number, isOver: () => boolean): Promise<void> {
  const work = new RandomWork(withoutRemovals(store), seed)
  while (!isOver())
    await work.step().catch(error => {
      if (!RuntapeError.isInstance(error) || error.code === 'store-unusable') throw error
    })
}

test('every read as of a revision stays the same, whatever four connections write meanwhile', async () => {
  const [reader, ...writers] = stores as [Store, ...Store[]]
  const it = past()
  await fill(reader, it)
  let isOver = false
  const writing = writers.map((store, seed) => write(store, 50 + seed, () => isOver))
  // Reviews and claims in a queue are those of now.
  const reads = pastReads.filter(({ name }) => !/queue|progress/.test(name))
  const allAt = (asOf: string) =>
    Promise.all(reads.map(async ({ name, read }) => [name, await read(reader, it, { asOf })]))
  const then = new Map<string, unknown>()
  const started = performance.now()
  try {
    while (performance.now() - started < 25_000) {
      const asOf = await reader.revision()
      then.set(asOf, await allAt(asOf))
      await sleep(300)
      for (const [revision, before] of [...then].slice(-4)) expect(await allAt(revision)).toEqual(before)
    }
  } finally {
    isOver = true
    await Promise.all(writing)
  }
  for (const [revision, before] of then) expect(await allAt(revision)).toEqual(before)
  expect(then.size).toBeGreaterThan(3)
}, 180_000)
