import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { span } from '@runtape/testing'
import { expect, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { filesWith } from '../../test/files-with.ts'
import { indexedRecords, rareLetters } from '../../test/indexed-records.mjs'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { shardsOf } from './shards.ts'
import { isBound } from './tokens.ts'
import { hasFts5 } from './trigram-file.ts'

const fixture = fileURLToPath(new URL('../../test/fixtures/indexed.search.gz', import.meta.url))

const count = async (store: Pick<ReturnType<typeof sqliteStore>, 'search'>, text: string) =>
  (await store.search({ text, limit: 1000 })).items.length

const databaseAt = (path: string) => new Database(new DatabaseSync(path), path)

/** A database whose index was built by a Node with FTS5. This Node may have none. */
async function withIndex(): Promise<string> {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { search: true, worker: false })
  await store.append(indexedRecords())
  expect(await count(store, 'needle')).toBe(60)
  await store.close()
  writeFileSync(`${path}.search`, gunzipSync(readFileSync(fixture)))
  const [main, index] = [databaseAt(path), databaseAt(`${path}.search`)]
  const token = index.get<{ token: string }>('SELECT token FROM index_state')?.token ?? ''
  main.run('UPDATE search_index SET token = ?', token)
  expect(isBound(main, index)).toBe(true)
  main.close()
  index.close()
  return path
}

test('an index of a Node with FTS5 can be searched, written to and erased from on every Node', async () => {
  const path = await withIndex()
  const directory = join(path, '..')
  expect(filesWith(directory, rareLetters)).toContain('runtape.db.search')
  const store = sqliteStore(path, { search: true, worker: false })
  expect([
    await count(store, rareLetters),
    await count(store, 'needle 7 of'),
    await count(store, 'ne'),
  ]).toEqual([20, 1, 120])
  await store.append([span({ input: { json: '"another needle"' } })])
  expect(await count(store, 'needle')).toBe(61)
  const receipt = await store.erase({ context: { kind: 'user', key: 'ada' } })
  expect(receipt.traces).toBe(20)
  if (receipt.leftover !== undefined) expect(await store.vacuum()).toBeUndefined()
  expect(filesWith(directory, rareLetters)).toEqual([])
  expect([await count(store, rareLetters), await count(store, 'needle')]).toEqual([0, 41])
  const index = databaseAt(`${path}.search`)
  expect([...shardsOf(index).values()]).toEqual([{ shard: 0, to_id: 120, is_void: 1 }])
  index.close()
  await store.close()
})

test('on a Node with FTS5, the worker builds again what was erased on one without', async () => {
  const path = await withIndex()
  const eraser = sqliteStore(path, { worker: false })
  await eraser.erase({ context: { kind: 'user', key: 'ada' } })
  await eraser.close()
  const store = sqliteStore(path, { search: true, worker: true })
  const index = databaseAt(`${path}.search`)
  const shard = () => shardsOf(index).get(0)
  if (hasFts5(index))
    await vi.waitFor(() => expect(shard()).toMatchObject({ to_id: 120, is_void: 0 }), 10_000)
  index.close()
  expect([await count(store, rareLetters), await count(store, 'needle')]).toEqual([0, 40])
  await store.close()
  expect(filesWith(join(path, '..'), rareLetters)).toEqual([])
})

test('several processes fill one index, and one that is killed leaves it whole', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { search: true, worker: false })
  const roots = (name: string) =>
    Array.from({ length: 1500 }, (_, at) =>
      span({ input: { json: `"${name} needle ${at}"` }, output: { json: '""' } }),
    )
  await store.append(roots('first'))
  expect(await count(store, 'first needle 77')).toBe(11)
  const children = [0, 1, 2].map(() => startChild('index-filler.mjs', [path]))
  await Promise.all(children.map(nextMessage))
  await store.append(roots('second'))
  children[0]?.kill('SIGKILL')
  expect(await count(store, 'second needle 77')).toBe(11)
  const main = databaseAt(path)
  if (hasFts5(main))
    await vi.waitFor(() => {
      const index = databaseAt(`${path}.search`)
      const isWhole = isBound(main, index) && shardsOf(index).get(0)?.to_id === 3000
      const found = index.get('SELECT count(*) AS n FROM trigrams_0 WHERE trigrams_0 MATCH ?', '"nee"')
      index.close()
      expect([isWhole, found]).toEqual([true, { n: 3000 }])
    }, 45_000)
  main.close()
  for (const child of children) child.send('stop', () => {})
  expect([await count(store, 'second needle 77'), await count(store, 'needle 1499')]).toEqual([11, 2])
  await store.close()
}, 60_000)
