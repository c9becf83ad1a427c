import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, runEvent, span } from '@runtape/testing'
import { afterAll, expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'
import { folderBlobs } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtape-previews-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Of these, Postgres holds the ones with a half of a pair in another form, and the blob store's start may end in the middle of one.
const texts = [
  `"${'😀'.repeat(40_000)}"`,
  `"a${'😀'.repeat(40_000)}"`,
  `{"x":1,"question":"half \ud800","more":"${'b'.repeat(70_000)}"}`,
  `{"x":1,"question":"half \ud800","more":"${'\udc00'.repeat(30_000)}"}`,
  `{"x":1,"question":"half \ud800","more":"${'\udc00b'.repeat(33_000)}"}`,
  `{"more":"${'\udc00b'.repeat(10_000)}","question":"late"}`,
]

test.each([
  ['in the database', {}],
  ['in a blob store', { blobs: folderBlobs(folder) }],
])(
  'a large text that Postgres cannot hold has the same preview as in memory: %s',
  async (_title, options) => {
    const { store, dispose } = await testSubject(options)
    const memory = memoryStore()
    for (const json of texts) {
      const one = span({ input: { json }, output: { json } })
      const records = [one, runEvent({ traceId: one.traceId })]
      await memory.append(records)
      await store.append(records)
    }
    expect(await store.runs.list({})).toMatchObject({ items: (await memory.runs.list({})).items })
    await dispose?.()
  },
  60_000,
)
