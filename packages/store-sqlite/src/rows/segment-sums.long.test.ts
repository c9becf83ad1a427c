import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import type { UsageQuery } from '@runtape/core/store'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

const everyMs = 29_000

/** Consecutive runs: those of each segment began in a few quarters of an hour. */
function runAt(index: number): RunEvent[] {
  const fields = { runId: `run-${index}`, at: testTime + index * everyMs, configKey: `config-${index % 3}` }
  const usage = { input: index, output: 1, total: index + 1, ...(index % 5 === 0 && { cachedInput: 1 }) }
  const cost = index % 4 ? { nanoUsd: index, priceList: 'test@1' } : undefined
  return [
    runEvent({ ...fields, metric: 'duration', value: index / 8 }),
    runEvent({ ...fields, metric: 'tokens', value: usage, cost }),
    ...(index % 3 ? [runEvent({ ...fields, metric: 'outcome', value: { status: 'success' } })] : []),
  ]
}

const feedbackOn = (index: number): RunEvent =>
  runEvent({ runId: `run-${index}`, metric: 'feedback', value: { kind: 'positive' }, at: testTime })

const queries: UsageQuery[] = [
  {},
  { groupBy: ['hour'] },
  { groupBy: ['month', 'day'], timeZone: 'Asia/Kathmandu' },
  // Half an hour forward in October.
  { groupBy: ['day', 'hour'], timeZone: 'Australia/Lord_Howe' },
  { groupBy: ['day', 'config'] },
  { since: testTime + 1000 * everyMs, until: testTime + 4400 * everyMs + 1, groupBy: ['day'] },
]

async function bothStores(count: number) {
  const database = new DatabaseSync(':memory:')
  const [sqlite, memory] = [sqliteStore(database), memoryStore()]
  const append = async (events: readonly RunEvent[]) => {
    sqlite.appendSync(events)
    await memory.append(events)
  }
  const compare = async () => {
    for (const query of queries)
      expect(await sqlite.runs.usage(query)).toEqual(await memory.runs.usage(query))
  }
  const summed = () =>
    Number(database.prepare('SELECT count(*) AS n FROM run_segments WHERE length(sums) > 0').get()?.n)
  await append(Array.from({ length: count }, (_, index) => runAt(index)).flat())
  return { database, append, compare, summed, sqlite }
}

test('a bill by time from sums equals that of the memory store, even if segments change', async () => {
  const { append, compare, summed } = await bothStores(4500)
  await compare()
  expect(summed()).toBe(2)
  await append([feedbackOn(3), feedbackOn(2047)])
  await compare()
  await append(Array.from({ length: 300 }, (_, index) => feedbackOn(10 + index)))
  await compare()
  expect(summed()).toBe(2)
}, 120_000)

test('a bill by time reads the sums and no columns of tokens', async () => {
  const { database, sqlite, summed } = await bothStores(4200)
  const before = await sqlite.runs.usage({ groupBy: ['month'] })
  expect(summed()).toBe(2)
  // The columns are removed: reading them would change the bill.
  database.exec('DELETE FROM run_columns WHERE id / 16777216 > 14')
  expect(await sqlite.runs.usage({ groupBy: ['month'] })).toEqual(before)
}, 120_000)

test('segments of an older file, or rebuilt by a running older version, get their sums', async () => {
  const { database, append, compare, summed } = await bothStores(4200)
  await compare()
  database.exec('UPDATE run_segments SET sums = NULL')
  await compare()
  expect(summed()).toBe(2)
  await append([feedbackOn(5)])
  await compare()
  // As the previous version builds a segment, without sums.
  database.exec(
    'INSERT OR REPLACE INTO run_segments (id, since, until) SELECT id, since, until FROM run_segments WHERE id = 0',
  )
  await compare()
  expect(summed()).toBe(2)
}, 120_000)

test('a segment whose runs began in very many quarters of an hour has no sums, and is billed correctly', async () => {
  const { database, sqlite, append, compare } = await bothStores(0)
  await append(
    Array.from({ length: 2100 }, (_, index) =>
      runAt(index).map(event => ({ ...event, at: testTime + index * 1_000_000 })),
    ).flat(),
  )
  await compare()
  expect(database.prepare('SELECT length(sums) AS n FROM run_segments').all()).toEqual([{ n: 0 }])
  await sqlite.close()
}, 120_000)
