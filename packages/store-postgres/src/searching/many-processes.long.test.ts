import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Store } from '@runtape/core/store'
import { span } from '@runtape/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

const schemas: string[] = []
let connectionString: string
beforeAll(async () => {
  connectionString = await testServer()
})
afterAll(async () => {
  for (const schema of schemas) await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
})

function newSchema(): string {
  const schema = testSchema()
  schemas.push(schema)
  return schema
}

/** A process that appends and searches. */
class Writer {
  readonly traceIds: string[] = []
  readonly child: ChildProcess

  constructor(schema: string, count: number) {
    const program = fileURLToPath(new URL('../../test/searching-writer.mjs', import.meta.url))
    const args = [program, connectionString, schema, String(count)]
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.child.stdout?.on('data', data => {
      this.traceIds.push(...String(data).split('\n').filter(Boolean))
    })
  }

  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
  }
}

/** The traces with a hit, once everything was searched. */
async function foundTraces(store: Store): Promise<string[]> {
  for (let tries = 0; tries < 300; tries++) {
    const { items, completeTo } = await store.search({ text: 'needle of', limit: 100_000 })
    if (completeTo === (await store.revision())) return items.map(({ traceId = '' }) => traceId).sort()
  }
  throw new Error('search never becomes complete')
}

async function allTraces(store: Store): Promise<string[]> {
  const { items } = await store.traces.list({ limit: 100_000 })
  return items.map(({ traceId }) => traceId).sort()
}

/** Texts of roots that are not there. */
const orphans = async (schema: string): Promise<number> =>
  (
    await run(
      connectionString,
      `SELECT 1 FROM ${schema}.search_texts AS text
        WHERE NOT EXISTS (SELECT 1 FROM ${schema}.spans AS span WHERE span.id = text.id / 4)`,
    )
  ).rowCount ?? 0

test('six processes append and search, and four of them are killed, while traces are erased: exactly what is there is found', async () => {
  const schema = newSchema()
  const store = postgresStore({ connectionString, schema, search: true })
  await store.append([])
  const writers = Array.from({ length: 4 }, () => new Writer(schema, 120))
  // The first four are killed, one after the other; these are not.
  writers.push(...Array.from({ length: 2 }, () => new Writer(schema, 60)))
  const erased: string[] = []
  let areWriting = true
  const ended = Promise.all(writers.map(writer => writer.ended())).then(() => {
    areWriting = false
  })
  for (let turn = 0; areWriting; turn++) {
    const [traceId] = writers[turn % 4]?.traceIds.slice(-1) ?? []
    // The newest: its text may be just about to be added.
    if (traceId !== undefined && !erased.includes(traceId)) {
      await store.erase({ traceId })
      erased.push(traceId)
      if (erased.length % 8 === 0) writers[turn % 4]?.child.kill('SIGKILL')
    }
    await sleep(10)
  }
  await ended
  await Promise.all(writers.map(writer => writer.ended()))
  const found = await foundTraces(store)
  expect(erased.length).toBeGreaterThan(5)
  expect(found).toEqual(await allTraces(store))
  expect(found.filter(traceId => erased.includes(traceId))).toEqual([])
  const accepted = writers.flatMap(({ traceIds }) => traceIds).filter(traceId => !erased.includes(traceId))
  expect(accepted.filter(traceId => !found.includes(traceId))).toEqual([])
  expect(await orphans(schema)).toBe(0)
  await store.close()
}, 300_000)

test('old texts are added by several stores, of which some are closed on the way, each once', async () => {
  const schema = newSchema()
  const off = postgresStore({ connectionString, schema })
  const count = Number(process.env.RUNTAPE_OLD_TEXTS ?? 3000)
  for (let at = 0; at < count; at += 1000)
    await off.append(
      Array.from({ length: 1000 }, (_, index) =>
        span({ input: { json: JSON.stringify(`needle of ${at + index}`) } }),
      ),
    )
  const stores = Array.from({ length: 4 }, () => postgresStore({ connectionString, schema, search: true }))
  const [last, ...others] = stores
  await Promise.all(others.map(store => store.search({ text: 'needle' })))
  await Promise.all(others.map(store => store.close()))
  for (let done = false; !done; ) {
    const { completeTo } = await (last as Store).search({ text: 'needle of', limit: 10 })
    done = completeTo === (await off.revision())
  }
  expect((await off.search({ text: 'needle of', limit: count + 1 })).items).toHaveLength(count)
  await Promise.all([last?.close(), off.close()])
}, 300_000)
