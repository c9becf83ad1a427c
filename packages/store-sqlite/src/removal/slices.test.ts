import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { runEvent, span, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

/** A database that counts its transactions. */
class CountedDatabase extends DatabaseSync {
  transactions = 0

  override exec(sql: string): void {
    if (sql === 'BEGIN IMMEDIATE') this.transactions++
    super.exec(sql)
  }
}

function open() {
  const database = new CountedDatabase(':memory:')
  const store = sqliteStore(database)
  const counted = async (work: () => Promise<unknown>): Promise<number> => {
    const before = database.transactions
    await work()
    return database.transactions - before
  }
  return { store, counted }
}

const context = { kind: 'user', key: 'ada' }

describe('a removal is done in small steps:', () => {
  test('at most about 256 KB of a large payload per transaction', async () => {
    const { store, counted } = open()
    const event = runEvent({ context })
    await store.append([
      event,
      span({ runId: event.runId, output: { json: `"${'x'.repeat(4 * 2 ** 20)}"` } }),
    ])
    expect(await counted(() => store.erase({ context }))).toBeGreaterThan(15)
  })

  test('at most some hundred events per transaction, of many runs or one large run', async () => {
    const { store, counted } = open()
    await store.append(Array.from({ length: 1000 }, () => runEvent()))
    expect(await counted(() => store.prune({ runs: { before: testTime + 1 } }))).toBeGreaterThan(30)
    const many = Array.from({ length: 3000 }, (_, index) =>
      runEvent({ runId: 'one', context, metric: `tool-call:${index}`, value: { name: 'a' } }),
    )
    await store.append(many)
    expect(await counted(() => store.erase({ context }))).toBeGreaterThan(30)
    expect(await store.runs.get('one')).toBeUndefined()
  })

  test('other work of the process runs in between', async () => {
    const { store } = open()
    await store.append(Array.from({ length: 1000 }, () => runEvent({ context })))
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const erasing = store.erase({ context })
    expect(store.appendSync([runEvent({ runId: 'between', at: Date.now() + 1000 })]).accepted).toBe(1)
    expect(await erasing).toMatchObject({ runs: 1000 })
    clearInterval(counting)
    expect(turns).toBeGreaterThan(5)
    expect((await store.runs.list()).items.map(({ runId }) => runId)).toEqual(['between'])
  })

  test('if the process ends in the middle, the bill is correct and the next process continues', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const first = sqliteStore(path)
    const records = Array.from({ length: 990 }, (_, index) => runEvent({ runId: `run-${index}`, context }))
    await first.append([...records, runEvent({ runId: 'other' })])
    await first.runs.usage()
    const erasing = first.erase({ context })
    const refused = expect(erasing).rejects.toMatchObject({ code: 'store-closed' })
    while ((await first.runs.get('run-0')) !== undefined) await new Promise(setImmediate)
    await first.close()
    await refused
    const store = sqliteStore(path)
    const [row] = await store.runs.usage()
    const { items } = await store.runs.list({ limit: 1000 })
    expect(items.length).toBe(row?.runs)
    expect(await store.append(records)).toMatchObject({ accepted: 0 })
    await store.erase({ context })
    expect((await store.runs.list()).items.map(({ runId }) => runId)).toEqual(['other'])
    expect((await store.runs.usage())[0]?.runs).toBe(1)
    await store.close()
  })
})
