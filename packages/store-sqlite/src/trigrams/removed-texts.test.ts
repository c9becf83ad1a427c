import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { realDelay } from '@runtape/core/internal'
import { runEvent, span, testTime } from '@runtape/testing'
import { describe, expect, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { filesWith } from '../../test/files-with.ts'
import { rareLetters } from '../../test/indexed-records.mjs'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { dirtyShards } from './dirty-shards.ts'
import { shardsOf } from './shards.ts'
import { hasFts5, TrigramFile } from './trigram-file.ts'
import { TrigramFiller } from './trigram-filler.ts'

const isAble = hasFts5(new Database(new DatabaseSync(':memory:'), 'memory'))

const recordsOf = (key: string, index: number) => {
  const { runId } = runEvent()
  const text = `needle ${index} ${key === 'ada' ? rareLetters : 'hay'}`
  return [
    runEvent({ runId, context: { kind: 'user', key } }),
    span({
      runId,
      startedAt: testTime + index * 1000,
      input: { json: JSON.stringify(text) },
      output: { json: '""' },
    }),
  ]
}

/** A store with 40 texts, one in four of ada, all in the index. */
async function indexedStore() {
  const directory = scratchDirectory()
  const path = join(directory, 'runtape.db')
  const store = sqliteStore(path, { search: true, worker: false })
  for (let index = 0; index < 40; index++) await store.append(recordsOf(index % 4 ? 'grace' : 'ada', index))
  const count = async (text = 'needle') => (await store.search({ text, limit: 1000 })).items.length
  expect(await count()).toBe(40)
  const main = new Database(new DatabaseSync(path), path)
  const file = new TrigramFile(main)
  const filler = new TrigramFiller(main, file)
  const fill = () => {
    while (filler.step() === 'done');
  }
  fill()
  const close = async () => {
    file.close()
    main.close()
    await store.close()
  }
  return { directory, path, store, count, main, file, fill, close }
}

describe.runIf(isAble)('the index of removed texts', () => {
  test('is emptied by prune, and built again from the rest', async () => {
    const { directory, store, count, file, fill, main, close } = await indexedStore()
    await store.append([span({ startedAt: testTime + 90_000_000, input: { json: '"late needle"' } })])
    const isIndexed = () => filesWith(directory, rareLetters).includes('runtape.db.search')
    expect([await count(), isIndexed()]).toEqual([41, true])
    const removed = await store.prune({ traces: { before: testTime + 60_000_000 } })
    expect([removed.traces, removed.leftover, isIndexed()]).toEqual([40, undefined, false])
    expect([dirtyShards(main), await count()]).toEqual([[], 1])
    fill()
    expect(shardsOf(file.open() as Database).get(0)).toMatchObject({ is_void: 0 })
    expect(await count('late needle')).toBe(1)
    await close()
  })

  test('is emptied by the worker, if the process that removed them was killed', async () => {
    const { directory, count, main, fill, close } = await indexedStore()
    // As its transaction leaves it, before it reached the index.
    main.run('INSERT INTO search_dirty (shard, mark, at) VALUES (0, random(), 0)')
    main.run('DELETE FROM search_texts WHERE instr(text, ?) > 0', rareLetters)
    expect([await count(), filesWith(directory, rareLetters).includes('runtape.db.search')]).toEqual([
      30,
      true,
    ])
    fill()
    expect([await count(), filesWith(directory, rareLetters).includes('runtape.db.search')]).toEqual([
      30,
      false,
    ])
    expect(dirtyShards(main)).toEqual([])
    await close()
  })

  test('that another process keeps locked is reported, and the next erase empties it', async () => {
    const { path, store, directory, count, close } = await indexedStore()
    const eraser = sqliteStore(path, { worker: false, busyTimeoutMs: 50 })
    const other = new DatabaseSync(`${path}.search`)
    other.exec('BEGIN IMMEDIATE')
    const ofAda = { context: { kind: 'user', key: 'ada' } }
    const { leftover } = await eraser.erase(ofAda)
    expect(leftover).toMatch(/runtape\.db\.search" still has parts/)
    expect(await count()).toBe(30)
    other.exec('COMMIT')
    other.close()
    expect((await store.erase(ofAda)).leftover ?? '').not.toMatch(/search/)
    await store.vacuum()
    expect(filesWith(directory, rareLetters)).toEqual([])
    await eraser.close()
    await close()
  })

  test('has none of them after erasing while other processes fill it', async () => {
    const { directory, path, store, count, close } = await indexedStore()
    const children = [0, 1].map(() => startChild('index-filler.mjs', [path]))
    await Promise.all(children.map(nextMessage))
    for (let round = 0; round < 5; round++) {
      const records = recordsOf('ada', round)
      await store.append([...records, ...recordsOf('grace', round)])
      await realDelay(30 * round)
      await store.erase({ runId: records[0]?.runId ?? '' })
    }
    const { leftover } = await store.erase({ context: { kind: 'user', key: 'ada' } })
    if (leftover !== undefined) while ((await store.vacuum()) !== undefined);
    expect([await count(rareLetters), await count()]).toEqual([0, 35])
    await vi.waitFor(() => {
      const index = new Database(new DatabaseSync(`${path}.search`), 'index')
      const known = shardsOf(index).get(0)
      index.close()
      expect(known).toMatchObject({ is_void: 0 })
    }, 20_000)
    expect(filesWith(directory, rareLetters)).toEqual([])
    for (const child of children) child.send('stop', () => {})
    await close()
  }, 60_000)

  test('is built again if its file is damaged, and nothing is missed meanwhile', async () => {
    const { path, store, count, file, fill, close } = await indexedStore()
    file.close()
    const { size } = statSync(`${path}.search`)
    const descriptor = openSync(`${path}.search`, 'r+')
    writeSync(descriptor, Buffer.alloc(size - 4096, 'x'), 0, size - 4096, 4096)
    closeSync(descriptor)
    await store.append(recordsOf('grace', 50))
    expect([await count(), await count(rareLetters)]).toEqual([41, 10])
    for (let tries = 0; tries < 3; tries++)
      try {
        fill()
      } catch {
        // The worker tries again, too.
      }
    expect([
      shardsOf(file.open() as Database).get(0)?.is_void,
      await count(),
      await count(rareLetters),
    ]).toEqual([0, 41, 10])
    await close()
  })
})
