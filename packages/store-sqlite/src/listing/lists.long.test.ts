import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { realClock } from '@runtape/core/internal'
import type { FacetQuery, ListedRun, RunQuery, Store } from '@runtape/core/store'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

// Every read of the clock advances it by two milliseconds, so every slice is as short as possible.
beforeEach(() => {
  const { now } = realClock
  let at = 0
  realClock.now = () => {
    at += 2
    return at
  }
  onTestFinished(() => {
    realClock.now = now
  })
})

/** Runs in full segments, and some others; not in order of time. */
const runOf = (index: number): RunEvent[] => {
  const fields = {
    runId: `run-${index}`,
    at: testTime + ((index * 617) % 4500) * 60_000,
    configKey: `config-${index % 3}`,
    modelName: `model-${index % 4}`,
    context: { kind: 'user', key: `user-${index % 300}` },
  }
  const usage = { input: (index * 31) % 900, output: 1, total: ((index * 31) % 900) + 1 }
  const cost = index % 5 ? { nanoUsd: (index * 17) % 5000, priceList: 'test@1' } : undefined
  return [
    runEvent({ ...fields, metric: 'call:1', value: { status: 'success', durationMs: 5, usage }, cost }),
    ...(index % 3 ? [runEvent({ ...fields, metric: 'duration', value: (index * 7) % 1000 })] : []),
    ...(index % 500 ? [] : [runEvent({ ...fields, metric: 'feedback', value: { kind: 'negative' } })]),
  ]
}
const runsOf = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => runOf(first + index)).flat()

const queries: RunQuery[] = [
  { sort: 'cost' },
  { sort: 'tokens', order: 'ascending', configKey: 'config-1' },
  { sort: 'duration', since: testTime + 1000 * 60_000, until: testTime + 3000 * 60_000 },
  { feedback: 'negative', model: 'model-0' },
  { order: 'ascending', contextKey: 'user-7', configKey: 'config-1' },
  { model: 'model-2', contextKey: 'user-2', minNanoUsd: 1000 },
  { outcome: 'unfinished', feedback: 'none', maxTokens: 3 },
  { model: 'model-1', minTokens: 800 },
  { contextKey: 'nobody', model: 'model-1' },
]

async function bothStores(): Promise<{ sqlite: SqliteStore; memory: Store }> {
  const [sqlite, memory] = [sqliteStore(new DatabaseSync(':memory:')), memoryStore()]
  for (const store of [sqlite, memory]) store.appendSync?.(runsOf(4500))
  await sqlite.runs.usage()
  return { sqlite, memory }
}

async function all(store: Store, query: RunQuery, limit = 5000): Promise<ListedRun[]> {
  const runs: ListedRun[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.runs.list({ ...query, limit, ...(cursor !== undefined && { cursor }) })
    runs.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return runs
  }
}

/** A total order, also for runs that are equal in the order of the list. */
const sorted = (runs: readonly ListedRun[]) => runs.toSorted((a, b) => (a.runId < b.runId ? -1 : 1))
const values = (runs: readonly ListedRun[], { sort = 'time' }: RunQuery) =>
  runs.map(
    run =>
      ({ time: run.firstAt, cost: run.nanoUsd, tokens: run.tokens?.total, duration: run.metrics.duration })[
        sort
      ],
  )

const late = (turn: number): RunEvent[] => {
  const runId = `run-${(turn * 97) % 4500}`
  const usage = { input: 500, output: 1, total: 501 }
  return [
    runEvent({
      runId,
      metric: `call:late${turn}`,
      value: { status: 'success', durationMs: 1, usage },
      cost: { nanoUsd: 900, priceList: 'test@1' },
      at: testTime - turn * 60_000,
    }),
    runEvent({ runId: `run-${(turn * 41) % 4500}`, metric: 'feedback', value: { kind: 'negative' } }),
    ...runOf(9000 + turn),
  ]
}

describe('a list of runs in segments', () => {
  test('equals that of the memory store, with every filter and in every order', async () => {
    const { sqlite, memory } = await bothStores()
    for (let round = 0; round < 2; round++) {
      for (const query of queries) {
        const [found, expected] = [await all(sqlite, query, 400), await all(memory, query)]
        expect(sorted(found), JSON.stringify(query)).toEqual(sorted(expected))
        expect(values(found, query)).toEqual(values(expected, query))
      }
      // Rows that have changed since their segment was built, and segments without changes.
      for (const store of [sqlite, memory])
        await store.append(Array.from({ length: 60 }, (_, turn) => late(turn)).flat())
    }
  }, 300_000)

  test.each(queries.slice(0, 6))(
    '%j is as of one moment, whatever is written during the read and between its pages',
    async query => {
      const { sqlite, memory } = await bothStores()
      const expected = await all(memory, query)
      let [isDone, turn] = [false, 0]
      const writing = (async () => {
        for (; !isDone; turn++) {
          await new Promise(setImmediate)
          sqlite.appendSync(late(turn))
          // Adds the events to the rows.
          await sqlite.revision()
        }
      })()
      const found = await all(sqlite, query)
      isDone = true
      await writing
      expect(turn).toBeGreaterThan(1)
      expect(sorted(found).map(({ runId }) => runId)).toEqual(sorted(expected).map(({ runId }) => runId))
    },
    300_000,
  )
})

const facetQueries: FacetQuery[] = [
  { field: 'contextKey', limit: 3 },
  { field: 'model', contextKey: 'user-7' },
  { field: 'version', minTokens: 800 },
  { field: 'error' },
  { field: 'comment', since: testTime + 1000 * 60_000 },
]

const ended = (index: number): RunEvent[] => [
  runEvent({
    runId: `run-${index}`,
    metric: 'outcome',
    value: { status: 'error', error: { name: 'Error', message: `error ${index % 7}` } },
    version: index % 5,
    at: testTime + 5000 * 60_000,
  }),
  runEvent({
    runId: `run-${index}`,
    metric: 'feedback',
    value: { kind: 'positive', comment: `${index % 3}` },
  }),
]

describe('facets of runs in segments', () => {
  test.each(facetQueries)(
    '%j equal those of the memory store, as of one moment, now and in the past',
    async query => {
      const { sqlite, memory } = await bothStores()
      for (const store of [sqlite, memory])
        store.appendSync?.(Array.from({ length: 200 }, (_, turn) => ended(turn * 13 + 1)).flat())
      const asOf = await sqlite.revision()
      const expected = await memory.runs.facets(query)
      expect(expected.values).not.toEqual([])
      let isDone = false
      const writing = (async () => {
        for (let turn = 0; !isDone; turn++) {
          await new Promise(setImmediate)
          for (const store of [sqlite, memory]) store.appendSync?.([...late(turn), ...ended(turn * 11 + 3)])
          await sqlite.revision()
        }
      })()
      expect(await sqlite.runs.facets({ ...query, asOf })).toEqual(expected)
      isDone = true
      await writing
      expect(await sqlite.runs.facets(query)).toEqual(await memory.runs.facets(query))
      expect(await sqlite.runs.facets({ ...query, asOf })).toEqual(expected)
    },
    300_000,
  )
})
