import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import type { Store, UsageQuery } from '@runtape/core/store'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const hour = 3_600_000

/** A few events of one of many different runs. */
function runOf(index: number): RunEvent[] {
  const fields = {
    runId: `run-${index}`,
    at: testTime + (index % 3000) * hour,
    configKey: `config-${index % 3}`,
    version: index % 2 ? 1 : 2 ** 40 + index,
    context: index % 4 ? { kind: 'user', key: `user-${index % 300}` } : undefined,
  }
  const input = index % 7 ? index % 70_000 : 3_000_000_000
  const cost = index % 5 ? { nanoUsd: index * 1000, priceList: 'test@1' } : undefined
  return [
    runEvent({ ...fields, metric: 'duration', value: index / 8 }),
    runEvent({ ...fields, metric: 'tokens', value: { input, output: 1, total: input + 1 }, cost }),
    ...(index % 3 ? [runEvent({ ...fields, metric: 'outcome', value: { status: 'success' } })] : []),
  ]
}

const feedback = (index: number): RunEvent =>
  runEvent({
    runId: `run-${index}`,
    metric: 'feedback',
    value: { kind: index % 2 ? 'positive' : 'negative' },
  })

const queries: UsageQuery[] = [
  {},
  { groupBy: ['month', 'config'] },
  { groupBy: ['version'], since: testTime + 2990 * hour },
  { groupBy: ['contextKey'], configKey: 'config-1' },
  { contextKey: 'user-7', contextKind: 'user' },
  { contextKey: 'nobody' },
  { groupBy: ['day'], since: testTime + 500 * hour, until: testTime + 600 * hour },
]

interface Both {
  readonly database: DatabaseSync
  readonly sqlite: SqliteStore
  readonly memory: Store
  append(events: readonly RunEvent[]): Promise<void>
  compare(): Promise<void>
}

function bothStores(): Both {
  const database = new DatabaseSync(':memory:')
  const [sqlite, memory] = [sqliteStore(database), memoryStore()]
  return {
    database,
    sqlite,
    memory,
    append: async events => {
      sqlite.appendSync(events)
      await memory.append(events)
    },
    compare: async () => {
      for (const query of queries)
        expect(await sqlite.runs.usage(query)).toEqual(await memory.runs.usage(query))
    },
  }
}

const countOf = (database: DatabaseSync, table: string): number =>
  Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)

describe('usage of runs in segments', () => {
  test('equals that of the memory store: in full segments, after them, and with changes in them', async () => {
    const { database, append, compare } = bothStores()
    await append(Array.from({ length: 5000 }, (_, index) => runOf(index)).flat())
    await compare()
    expect(countOf(database, 'run_segments')).toBe(2)
    await append([feedback(0), feedback(2047), feedback(2048), feedback(4999)])
    await append(Array.from({ length: 2000 }, (_, index) => runOf(5000 + index)).flat())
    await compare()
    expect(countOf(database, 'run_segments')).toBe(3)
    expect(countOf(database, 'run_changes')).toBe(3)
    await append(Array.from({ length: 700 }, (_, index) => feedback(index)))
    await compare()
    expect(countOf(database, 'run_changes')).toBeLessThan(10)
  }, 120_000)

  test('follows a run that an earlier event moves to another time', async () => {
    const { append, compare } = bothStores()
    await append(Array.from({ length: 2100 }, (_, index) => runOf(index)).flat())
    await compare()
    const moved = testTime + 520 * hour
    await append([runEvent({ runId: 'run-900', metric: 'tool-call:1', value: { name: 'a' }, at: moved })])
    await append([runEvent({ runId: 'run-2', metric: 'tool-call:1', value: { name: 'a' }, at: 1.7e12 })])
    await compare()
  }, 120_000)
})

describe('a segment that is being built', () => {
  test.each(['changed', 'erased', 'erased but for its numbers'])(
    'does not contain the old state of a run that is %s',
    async how => {
      const { database, sqlite, memory, append, compare } = bothStores()
      await append(Array.from({ length: 2500 }, (_, index) => runOf(index)).flat())
      const making = sqlite.runs.usage()
      let turns = 0
      // First reads the rows, then writes the columns, a few at a time.
      for (; database.prepare('SELECT count(*) AS n FROM run_columns').get()?.n === 0; turns++)
        await new Promise(setImmediate)
      expect(turns).toBeGreaterThan(5)
      for (const store of [sqlite, memory])
        if (how === 'changed') await store.append([feedback(7)]).then(() => store.revision())
        else await store.erase({ runId: 'run-7' }, { keepTotals: how !== 'erased' })
      await making
      await compare()
      await compare()
    },
  )
})
