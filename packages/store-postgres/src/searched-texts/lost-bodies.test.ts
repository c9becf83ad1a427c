import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { span } from '@runtape/testing'
import { afterAll, expect, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run, testSubject } from '../../test/subject.ts'
import { type BlobStore, folderBlobs } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtape-lost-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rootWith = (question: string) => span({ input: { json: JSON.stringify({ question }) } })

/** Roots whose inputs are objects, with a needle at the start. */
const large = (count: number) =>
  Array.from({ length: count }, (_, index) => rootWith(`needle ${index} ${'\n'.repeat(70_000)}`))

test('a lost object keeps no text from being found: of its own, the start is', async () => {
  const blobs: BlobStore = { ...folderBlobs(folder), get: async () => undefined }
  const { store, dispose } = await testSubject({ blobs })
  await store.append([...large(40), rootWith('needle at last')])
  await expect
    .poll(async () => (await store.search({ text: 'needle', limit: 100 })).items.length, { timeout: 30_000 })
    .toBe(41)
  expect((await store.search({ text: 'needle' })).completeTo).toBe(await store.revision())
  await dispose?.()
}, 60_000)

test('while objects cannot be reached, a search says so and no transaction waits; afterwards everything is found', async () => {
  const schema = testSchema()
  let isDown = true
  const blobs: BlobStore = {
    ...folderBlobs(folder),
    get: async key => {
      await expect.poll(() => openIn(schema), { timeout: 10_000, interval: 5 }).toBe(0)
      if (isDown) throw new Error('connect ECONNREFUSED')
      return folderBlobs(folder).get(key)
    },
  }
  const { store, dispose } = await testSubject({ blobs, schema })
  await store.append([rootWith('needle at first'), ...large(40), rootWith('needle at last')])
  await expect(store.search({ text: 'needle' })).rejects.toThrow(/blob store failed: get .*ECONNREFUSED/)
  isDown = false
  await expect
    .poll(async () => (await store.search({ text: 'needle', limit: 100 })).items.length, { timeout: 30_000 })
    .toBe(42)
  await dispose?.()
}, 60_000)

/** Number of transactions in a schema that wait for their process. */
async function openIn(schema: string): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE state LIKE 'idle in transaction%' AND query LIKE '%"${schema}"%'`
  return (await run(await testServer(), text)).rows[0].n
}
