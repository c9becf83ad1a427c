import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { SpanRecord } from '@runtape/core'
import { span } from '@runtape/testing'
import fc from 'fast-check'
import { afterAll, afterEach, expect, test } from 'vitest'
import { testServer } from '../../test/server.ts'
import { run, testSubject } from '../../test/subject.ts'
import { openDatabase } from '../database/open.ts'
import { type BlobStore, folderBlobs, postgresStore } from '../index.ts'
import { checkedOptions } from '../options.ts'
import { deleteUnusedBlobs, releaseBlobs, unusedBlobs } from './unused.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtape-blobs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const disposals: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose()
})

const schemaOf = () => `test_blobs_${Math.random().toString(36).slice(2)}`

async function openWith(blobs: BlobStore | undefined = folderBlobs(folder), schema = schemaOf()) {
  const subject = await testSubject({ schema, ...(blobs && { blobs }) })
  disposals.push(async () => subject.dispose?.())
  const database = openDatabase(
    checkedOptions({ connectionString: await testServer(), schema, ...(blobs && { blobs }) }),
  )
  disposals.push(() => database.close())
  return { store: subject.store, schema, database }
}

const large = (text = 'a') => JSON.stringify(text.repeat(70_000))
const spanWith = (json: string, rest: Partial<SpanRecord> = {}) => span({ input: { json }, ...rest })
const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
const query = async (text: string) => (await run(await testServer(), text)).rows
const onlyFileOf = (traceId: string): string =>
  files().find(path => path.includes(traceId)) ?? `no file of ${traceId}`

test('a large input is an object, and the database has its start only', async () => {
  const { store, schema } = await openWith()
  const one = spanWith(large())
  await store.append([one])
  expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
  expect(gunzipSync(readFileSync(onlyFileOf(one.traceId))).toString()).toBe(one.input.json)
  const [row] = await query(`SELECT length(json) AS length FROM ${schema}.payloads`)
  expect(row.length).toBe(16_000)
})

test('a text that several spans of a trace share is one object; a small one stays in the database', async () => {
  const { store } = await openWith()
  const first = spanWith(large())
  const second = spanWith(large(), {
    traceId: first.traceId,
    parentSpanId: first.spanId,
    output: { json: large('b') },
  })
  const small = spanWith(JSON.stringify('a'.repeat(5000)), {
    traceId: first.traceId,
    parentSpanId: first.spanId,
  })
  await store.append([first, second, small])
  expect(files().filter(path => path.includes(first.traceId))).toHaveLength(2)
  expect((await store.traces.get(first.traceId))?.spans).toHaveLength(3)
})

test('any text survives', async () => {
  const { store } = await openWith()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async text => {
      const one = spanWith(JSON.stringify(text.repeat(Math.ceil(66_000 / text.length))))
      await store.append([one])
      expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
    }),
    { numRuns: 25 },
  )
})

test('a repeated span is a duplicate without a second upload, a changed one is a conflict', async () => {
  let puts = 0
  const blobs = {
    ...folderBlobs(folder),
    put: async (...args: Parameters<BlobStore['put']>) => {
      puts++
      return folderBlobs(folder).put(...args)
    },
  }
  const { store } = await openWith(blobs)
  const one = spanWith(large())
  await store.append([one])
  expect(await store.append([one])).toMatchObject({ duplicates: 1, conflicts: 0 })
  expect(puts).toBe(1)
  expect(await store.append([{ ...one, input: { json: large('b') } }])).toMatchObject({ conflicts: 1 })
  expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
})

test('while the blob store fails, nothing of the batch is kept; afterwards the same batch is accepted', async () => {
  let isDown = true
  const blobs: BlobStore = {
    ...folderBlobs(folder),
    put: async (key, body) => {
      if (isDown) throw new Error('connect ECONNREFUSED')
      await folderBlobs(folder).put(key, body)
    },
  }
  const { store } = await openWith(blobs)
  const batch = [spanWith(large()), span()]
  await expect(store.append(batch)).rejects.toMatchObject({
    code: 'store-unusable',
    message: expect.stringMatching(/blob store failed: put ".*": connect ECONNREFUSED.*try again/),
  })
  expect((await store.traces.list()).items).toEqual([])
  isDown = false
  expect(await store.append(batch)).toMatchObject({ accepted: 2 })
})

test('a missing or changed object is an error that names it, and other spans can be read', async () => {
  const { store } = await openWith()
  const [root, child] = [spanWith(large()), span()]
  const inTrace = { ...child, traceId: root.traceId, parentSpanId: root.spanId }
  await store.append([root, inTrace])
  writeFileSync(onlyFileOf(root.traceId), 'damaged')
  const reading = store.traces.getSpan(root.traceId, root.spanId)
  await expect(reading).rejects.toMatchObject({ code: 'damaged-record' })
  await expect(reading).rejects.toThrow(new RegExp(`${root.traceId}/.*cannot be decompressed`))
  rmSync(onlyFileOf(root.traceId))
  await expect(store.traces.get(root.traceId)).rejects.toThrow(/is missing\. Restore it/)
  expect(await store.traces.getSpan(root.traceId, inTrace.spanId)).toEqual(inTrace)
})

test('a store without the option says that it needs it; lists and previews work', async () => {
  const { store, schema } = await openWith()
  const one = spanWith(JSON.stringify({ question: `Where is it? ${'x'.repeat(70_000)}` }), { runId: 'run-1' })
  await store.append([one])
  const without = postgresStore({ connectionString: await testServer(), schema })
  disposals.push(() => without.close())
  await expect(without.traces.getSpan(one.traceId, one.spanId)).rejects.toThrow(
    /Open the store with the option blobs/,
  )
  expect((await without.traces.list()).items).toHaveLength(1)
})

test('objects of a removed trace are deleted, those of others stay; one that fails is tried again', async () => {
  let isDown = true
  const blobs: BlobStore = {
    ...folderBlobs(folder),
    delete: async key => {
      if (isDown) throw new Error('down')
      await folderBlobs(folder).delete(key)
    },
  }
  const { store, schema, database } = await openWith(blobs)
  const [gone, stays] = [spanWith(large()), spanWith(large())]
  await store.append([gone, stays])
  await query(`DELETE FROM ${schema}.payloads WHERE trace_id = '${gone.traceId}'`)
  await database.write(queries => releaseBlobs(queries, [gone.traceId]))
  expect(await deleteUnusedBlobs(database, database.bodies)).toBe(1)
  isDown = false
  expect(await deleteUnusedBlobs(database, database.bodies)).toBe(0)
  expect(onlyFileOf(gone.traceId)).toMatch(/^no file/)
  expect(await store.traces.getSpan(stays.traceId, stays.spanId)).toEqual(stays)
})

test('an object store that is slow to delete holds up no removal and no append', async () => {
  const { promise: deleted, resolve } = Promise.withResolvers<void>()
  let isAsked = false
  const blobs: BlobStore = {
    ...folderBlobs(folder),
    delete: async () => {
      isAsked = true
      await deleted
    },
  }
  const { store, schema, database } = await openWith(blobs)
  const [gone, other] = [spanWith(large()), span()]
  await store.append([gone])
  await query(`DELETE FROM ${schema}.payloads WHERE trace_id = '${gone.traceId}'`)
  await database.write(queries => releaseBlobs(queries, [gone.traceId]))
  const deleting = deleteUnusedBlobs(database, database.bodies)
  await expect.poll(() => isAsked).toBe(true)
  await store.append([other])
  // It waits for everything that is being written.
  expect(await store.erase({ traceId: other.traceId })).toMatchObject({ spans: 1 })
  resolve()
  expect(await deleting).toBe(0)
}, 20_000)

test('an object that is deleted while its span is being added is uploaded again', async () => {
  const { schema, database } = await openWith()
  const one = spanWith(large())
  let deletions = 0
  const racing: BlobStore = {
    ...folderBlobs(folder),
    put: async (key, body) => {
      await folderBlobs(folder).put(key, body)
      if (deletions++ > 0) return
      await query(`UPDATE ${schema}.blobs SET noted_at = 0`)
      await deleteUnusedBlobs(database, database.bodies)
    },
  }
  const store = postgresStore({ connectionString: await testServer(), schema, blobs: racing })
  disposals.push(() => store.close())
  expect(await store.append([one])).toMatchObject({ accepted: 1 })
  expect(deletions).toBe(2)
  expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
})

test('an upload whose span never came is deleted after an hour, one that may go on is not', async () => {
  const { store, schema, database } = await openWith()
  await store.append([span()])
  const put = spanWith(large())
  await query(`CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.spans FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse()`)
  await expect(store.append([put])).rejects.toThrow()
  expect(onlyFileOf(put.traceId)).not.toMatch(/^no file/)
  expect([await unusedBlobs(database), await deleteUnusedBlobs(database, database.bodies)]).toEqual([0, 0])
  await query(`UPDATE ${schema}.blobs SET noted_at = noted_at - 3600001`)
  expect(await unusedBlobs(database)).toBe(1)
  expect(await deleteUnusedBlobs(database, database.bodies)).toBe(0)
  expect(onlyFileOf(put.traceId)).toMatch(/^no file/)
})

test('the first append of a process deletes what no record uses, and close waits for it', async () => {
  const { store, schema } = await openWith()
  const one = spanWith(large())
  await store.append([one])
  await query(`UPDATE ${schema}.blobs SET is_used = false, noted_at = 0`)
  const next = postgresStore({ connectionString: await testServer(), schema, blobs: folderBlobs(folder) })
  await next.append([span()])
  await next.close()
  expect(onlyFileOf(one.traceId)).toMatch(/^no file/)
  expect(await query(`SELECT key FROM ${schema}.blobs`)).toEqual([])
})

test('a filter on tags reads no object', async () => {
  const { store } = await openWith()
  const one = spanWith(large(), { tags: ['vip'] })
  await store.append([one])
  rmSync(onlyFileOf(one.traceId))
  expect((await store.traces.list({ where: 'tag:vip' })).items).toHaveLength(1)
})
