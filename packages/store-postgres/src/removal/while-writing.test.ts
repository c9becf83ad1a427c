import { setTimeout as sleep } from 'node:timers/promises'
import type { SpanRecord, TapeRecord } from '@runtape/core'
import { newTraceId } from '@runtape/core/internal'
import type { EraseTarget, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import pg from 'pg'
import { expect, test } from 'vitest'
import { tablesWith } from '../../test/removal/tables-with.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

const secret = 'ada-lovelace'
const person = { kind: 'user', key: secret }

/** A store with several machines. */
async function machines(count: number) {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const stores = Array.from({ length: count }, () =>
    postgresStore({ connectionString, schema, maxConnections: 3, search: true }),
  )
  return {
    stores,
    find: (text: string) => tablesWith(connectionString, schema, text),
    query: (text: string) => run(connectionString, text.replaceAll('@', `"${schema}".`)),
    connectionString,
    close: () => Promise.all(stores.map(store => store.close())),
  }
}

/** What a machine sends of a run: only the first record says whose it is. */
function recordsOf(index: number, key: string, traceId = newTraceId()): TapeRecord[] {
  const of = { runId: `run-${index}-of-${key}`, traceId, at: testTime + index }
  const root = span({
    traceId,
    runId: of.runId,
    startedAt: of.at,
    sessionId: `s-${key}`,
    input: { json: `"${key}"` },
  })
  const large = { json: JSON.stringify(key.repeat(500)) }
  return [
    runEvent({ ...of, context: { kind: 'user', key }, metric: 'duration', value: 5 }),
    root,
    runEvent({ ...of, metric: 'feedback', value: { kind: 'negative', comment: `says ${key}` } }),
    runEvent({ ...of, metric: 'score:tone', value: { score: 1, reasoning: key } }),
    span({ traceId, parentSpanId: root.spanId, startedAt: of.at, input: large, output: large }),
    span({ runId: of.runId, startedAt: of.at, output: large }),
    replayOf(root, key),
  ]
}

const replayOf = (source: SpanRecord, key: string): TapeRecord =>
  span({
    startedAt: source.startedAt,
    input: { json: `"${key}"` },
    replay: { testRunId: 't', sourceTraceId: source.traceId, sourceSpanId: source.spanId, mocked: false },
  })

/** Appends all records one by one, in an order of its own. */
async function send(store: Store, records: readonly TapeRecord[], step: number): Promise<void> {
  for (let index = 0; index < records.length; index++)
    await store.append([records[(index * step) % records.length] as TapeRecord])
}

const targets: Readonly<Record<string, EraseTarget>> = {
  'a person': { context: person },
  'a session': { sessionId: `s-${secret}` },
}

for (const [name, target] of Object.entries(targets))
  for (const keepTotals of [false, true])
    test(`${name} is erased while two machines send late records (keepTotals: ${keepTotals}): nothing stays, nothing else goes`, async () => {
      const { stores, find, query, close } = await machines(4)
      const [first, a, b, other] = stores as [Store, Store, Store, Store]
      const hers = Array.from({ length: 20 }, (_, index) => recordsOf(index, secret))
      const others = Array.from({ length: 30 }, (_, index) => recordsOf(index, 'bob'))
      // Every run is known by its first record; the rest arrives during the erasure.
      await first.append(hers.flatMap(records => records.slice(0, 2)))
      const sending = [send(a, hers.flat(), 1), send(b, hers.flat(), 3), send(other, others.flat(), 1)]
      await first.erase(target, { keepTotals })
      const left = await find(secret)
      await Promise.all(sending)
      expect([left, await find(secret)]).toEqual([{}, {}])
      expect((await query('SELECT count(*)::int AS n FROM @removals')).rows).toEqual([{ n: 0 }])
      const rows = await other.runs.usage({ groupBy: ['contextKey'] })
      expect(rows.map(({ group, runs }) => [group.contextKey, runs])).toEqual([
        ...(keepTotals ? [['', 20]] : []),
        ['bob', 30],
      ])
      // All of bob's, and no event is there twice.
      expect((await other.append(others.flat())).duplicates).toBe(others.flat().length)
      await close()
    }, 120_000)

test('a record that is being written when the erasure begins is erased, too', async () => {
  const { stores, find, query, close, connectionString } = await machines(2)
  const [a, b] = stores as [Store, Store]
  const [event, ...later] = recordsOf(0, secret)
  await a.append([event as TapeRecord])
  const blocking = new pg.Client({ connectionString })
  await blocking.connect()
  await blocking.query('BEGIN')
  await blocking.query(
    `LOCK TABLE ${(await query("SELECT '@spans' AS name")).rows[0].name} IN EXCLUSIVE MODE`,
  )
  // It has read that there are no tombstones.
  const writing = a.append(later)
  await until(query, `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%@%'`)
  const erasing = b.erase({ context: person })
  await until(query, 'SELECT 1 FROM @tombstones')
  await sleep(200)
  await blocking.end()
  await Promise.all([writing, erasing])
  expect(await find(secret)).toEqual({})
  await close()
})

type Query = (text: string) => Promise<pg.QueryResult>

async function until(query: Query, text: string): Promise<void> {
  while ((await query(text)).rows.length === 0) await sleep(10)
}

test('two machines that erase the same person at once remove everything, and count each record once', async () => {
  const { stores, find, close } = await machines(2)
  const [a, b] = stores as [Store, Store]
  const records = Array.from({ length: 300 }, (_, index) => recordsOf(index, secret)).flat()
  await a.append(records)
  const counts = await a.erase({ context: person }, { dryRun: true })
  const receipts = await Promise.all([a, b, a, b].map(store => store.erase({ context: person })))
  const sum = (name: 'runs' | 'runEvents' | 'spans') =>
    receipts.reduce((all, receipt) => all + receipt[name], 0)
  expect([sum('runs'), sum('runEvents'), sum('spans')]).toEqual([counts.runs, counts.runEvents, counts.spans])
  expect(await find(secret)).toEqual({})
  await close()
}, 120_000)

test('a person and a time are removed at once by several machines', async () => {
  const { stores, find, close } = await machines(3)
  const [a, b, c] = stores as [Store, Store, Store]
  await a.append(
    Array.from({ length: 300 }, (_, index) => recordsOf(index, index % 3 ? 'bob' : secret)).flat(),
  )
  const before = { before: testTime + 150 }
  await Promise.all([
    a.prune({ runs: before, traces: before }),
    b.erase({ context: person }),
    c.prune({ runs: before }),
    c.erase({ context: person }, { keepTotals: true }),
  ])
  expect(await find(secret)).toEqual({})
  expect((await a.runs.usage({ contextKey: 'bob' }))[0]?.runs).toBe(100)
  await close()
}, 120_000)
