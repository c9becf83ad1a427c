import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import { realClock } from '@runtape/core/internal'
import type { Store, UsageQuery } from '@runtape/core/store'
import { memoryStore, runEvent, span, testTime } from '@runtape/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { countingHandle, untilDone } from '../../test/counting-handle.ts'
import { sqliteStore } from '../sqlite-store.ts'

// Every read of the clock advances it by two milliseconds, so every slice is as short as possible.
beforeEach(() => {
  const { now } = realClock
  let at = 0
  realClock.now = () => (at += 2)
  onTestFinished(() => {
    realClock.now = now
  })
})

const runOf = (index: number): RunEvent[] => {
  const fields = {
    runId: `run-${index}`,
    at: testTime + index * 60_000,
    configKey: `config-${index % 3}`,
    context: { kind: 'user', key: `user-${index % 50}` },
  }
  const usage = { input: index + 1, output: 1, total: index + 2 }
  const model = index % 7 ? undefined : 'other'
  return [
    runEvent({ ...fields, metric: 'duration', value: index / 4 }),
    runEvent({
      ...fields,
      metric: 'call:1',
      value: { status: 'success', durationMs: 5, usage, ...(model && { model }) },
    }),
  ]
}
const runsOf = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => runOf(first + index)).flat()

/** Late events of runs at the start, in the middle and at the end, and new runs. */
const lateEvents = (turn: number): RunEvent[] => {
  const index = (turn * 1117) % 4500
  const runId = `run-${index}`
  const usage = { input: 1000, output: 1, total: 1001 }
  return [
    runEvent({
      runId,
      metric: `call:late${turn}`,
      value: { status: 'success', durationMs: 1, usage, model: 'm2' },
    }),
    runEvent({ runId, metric: 'tool-call:1', value: { name: 'a' }, at: testTime - turn * 3_600_000 }),
    ...runOf(10_000 + turn),
  ]
}

const queries: UsageQuery[] = [
  {},
  { groupBy: ['day'] },
  { groupBy: ['config', 'model'] },
  { groupBy: ['contextKey', 'hour'], contextKey: 'user-7' },
  { groupBy: ['month'], since: testTime + 500 * 60_000, until: testTime + 3000 * 60_000 },
]

describe('a bill on a handle', () => {
  test.each(queries)('by %j is read in slices of few rows each', async query => {
    const { handle, turn, most } = countingHandle(new DatabaseSync(':memory:'))
    const store = sqliteStore(handle)
    store.appendSync(runsOf(4500))
    const [, turns] = await untilDone(store.runs.usage(), turn)
    expect(turns).toBeGreaterThan(50)
    const [, again] = await untilDone(store.runs.usage(query), turn)
    expect(again).toBeGreaterThan(4)
    expect(most()).toBeLessThan(400)
  })

  test.each(queries)('by %j is as of one moment, whatever is written during the read', async query => {
    const [sqlite, memory] = [sqliteStore(new DatabaseSync(':memory:')), memoryStore()]
    for (const store of [sqlite, memory]) store.appendSync?.(runsOf(4500))
    const expected = await memory.runs.usage(query)
    expect(await sqlite.runs.usage(query)).toEqual(expected)
    const late: RunEvent[] = []
    const [found, turns] = await untilDone(sqlite.runs.usage(query), async turn => {
      late.push(...lateEvents(turn))
      sqlite.appendSync(lateEvents(turn))
      // Adds the events to the rows.
      await sqlite.revision()
    })
    expect(turns).toBeGreaterThan(4)
    expect(found).toEqual(expected)
    memory.appendSync?.(late)
    expect(await sqlite.runs.usage(query)).toEqual(await memory.runs.usage(query))
  })

  test('is as of before or after an erasure during the read', async () => {
    const [sqlite, memory] = [sqliteStore(new DatabaseSync(':memory:')), memoryStore()]
    const said = Array.from({ length: 40 }, (_, index) =>
      runEvent({
        runId: `run-${index * 100}`,
        metric: 'feedback',
        value: { kind: 'negative' },
        context: { kind: 'user', key: 'ann' },
      }),
    )
    for (const store of [sqlite, memory]) store.appendSync?.([...runsOf(4500), ...said])
    const query: UsageQuery = { groupBy: ['config'] }
    await sqlite.runs.usage(query)
    let erasing: Promise<unknown> | undefined
    const [found] = await untilDone(sqlite.runs.usage(query), turn => {
      if (turn === 1) erasing = sqlite.erase({ context: { kind: 'user', key: 'ann' } })
    })
    await erasing
    await memory.erase({ context: { kind: 'user', key: 'ann' } })
    const after = await memory.runs.usage(query)
    expect(await sqlite.runs.usage(query)).toEqual(after)
    // Some of the feedback may be missing, but no run and no token.
    const withoutFeedback = (rows: typeof after) => rows.map(({ negative: _, ...row }) => row)
    expect(withoutFeedback(found)).toEqual(withoutFeedback(after))
  })
})

describe('a list on a handle', () => {
  const rare = 4400
  const queries: readonly [
    string,
    (store: Store) => Promise<{ readonly items: readonly unknown[] }>,
    number,
  ][] = [
    ['runs by cost', store => store.runs.list({ sort: 'cost', limit: 100 }), 100],
    ['runs of two filters', store => store.runs.list({ contextKey: 'user-7', minDurationMs: rare / 4 }), 2],
    ['traces of a rare tag', store => store.traces.list({ tag: 'rare' }), 2],
    ['traces of nothing', store => store.traces.list({ status: 'error', minDurationMs: 1e9 }), 0],
  ]

  test.each(queries)('of %s is read in slices of few rows each', async (_, list, count) => {
    const { handle, turn, forget, most } = countingHandle(new DatabaseSync(':memory:'))
    const store = sqliteStore(handle)
    store.appendSync(runsOf(4500))
    await store.runs.usage()
    for (let from = 0; from < 3000; from += 500)
      await store.append(
        Array.from({ length: 500 }, (_, index) =>
          span({
            traceId: (from + index).toString(16).padStart(32, '0'),
            startedAt: testTime + from + index,
            tags: (from + index) % 2000 === 7 ? ['rare'] : [],
          }),
        ),
      )
    forget()
    const [page, turns] = await untilDone(list(store), turn)
    expect(page.items).toHaveLength(count)
    expect(turns).toBeGreaterThan(4)
    expect(most()).toBeLessThan(600)
  })

  test('has every trace once, in the order of the memory store, over many pages', async () => {
    const [sqlite, memory] = [sqliteStore(new DatabaseSync(':memory:')), memoryStore()]
    const spans = Array.from({ length: 900 }, (_, index) =>
      span({
        traceId: ((index * 7919) % 5000).toString(16).padStart(32, '0'),
        startedAt: testTime + (index % 40),
        status: index % 3 ? 'ok' : 'error',
        durationMs: index % 10,
      }),
    )
    for (const store of [sqlite, memory]) await store.append(spans)
    for (const query of [
      {},
      { status: 'error', minDurationMs: 6 },
      { minDurationMs: 9, limit: 7 },
    ] as const) {
      const listed = async (store: Store) => {
        const ids: string[] = []
        for (let cursor: string | undefined; ; ) {
          const page = await store.traces.list({
            limit: 100,
            ...query,
            ...(cursor !== undefined && { cursor }),
          })
          ids.push(...page.items.map(({ traceId }) => traceId))
          cursor = page.nextCursor
          if (cursor === undefined) return ids
        }
      }
      expect(await listed(sqlite)).toEqual(await listed(memory))
    }
  })
})
