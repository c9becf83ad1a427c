import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { MetricValue, RunEvent } from '@runtape/core'
import type { Page, Store } from '@runtape/core/store'
import { memoryStore, runEvent, span, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { startChild } from '../../test/children.ts'
import { writeOldDatabase } from '../../test/old-database.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { migrations } from '../schema.ts'
import { sqliteStore } from '../sqlite-store.ts'

const usage = { input: 3, output: 2, total: 5 }
const metrics: Readonly<Record<string, MetricValue>> = {
  duration: 1234.5678901234,
  'call:1': { status: 'success', durationMs: 5, usage, model: 'm2' },
  'call:2': { status: 'success', durationMs: 5, model: 'm3' },
  'call:3': { status: 'error', durationMs: 5 },
  outcome: { status: 'success' },
}

function runOf(index: number): RunEvent[] {
  const fields = { runId: `run-${index}`, at: testTime + index * 1000.25, configKey: `config-${index % 3}` }
  const names = index % 5 ? Object.keys(metrics) : ['feedback', 'duration', 'call:1']
  return names.map(metric =>
    runEvent({
      ...fields,
      metric: metric as RunEvent['metric'],
      value: metrics[metric] ?? { kind: 'negative' },
      ...(metric === 'call:1' && { cost: { nanoUsd: index, priceList: 'test@1' } }),
    }),
  )
}

const runsOf = (count: number, first = 0): RunEvent[] =>
  Array.from({ length: count }, (_, index) => runOf(first + index)).flat()

async function expectSame(store: Store, events: readonly RunEvent[]): Promise<void> {
  const memory = memoryStore()
  await memory.append(events)
  for (const groupBy of [[], ['config', 'hour'], ['model']] as const)
    expect(await store.runs.usage({ groupBy })).toEqual(await memory.runs.usage({ groupBy }))
  const listed = async (from: Store) =>
    (await from.runs.list({ limit: 5000, feedback: 'negative' })).items.map(run => run.runId)
  expect(await listed(store)).toEqual(await listed(memory))
}

const older = migrations.slice(0, -1).map((_, index) => index + 1)

describe('a file of an older schema', () => {
  test.each(older)('%i opens with the same bill and the same lists', async version => {
    const path = join(scratchDirectory(), 'runtape.db')
    writeOldDatabase(path, version, runsOf(300))
    const store = sqliteStore(path)
    await expectSame(store, runsOf(300))
    store.appendSync(runsOf(100, 300))
    await expectSame(store, runsOf(400))
    await store.close()
  })

  test('is migrated during writes by processes that are killed, each continuing where the last one stopped', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    writeOldDatabase(path, 2, runsOf(4000))
    const writer = sqliteStore(path)
    const eye = new DatabaseSync(path)
    const place = () => Number(eye.prepare('SELECT event_id FROM run_state').get()?.event_id)
    let written = 4000
    for (const events of [2000, 6000]) {
      const child = startChild('usage-reader.mjs', [path, String(events)])
      while (child.signalCode === null) {
        expect(child.exitCode).toBeNull()
        expect(writer.appendSync(runOf(written++)).accepted).toBeGreaterThan(0)
        await setTimeout(5)
      }
      expect(place()).toBeGreaterThanOrEqual(events)
    }
    expect(place()).toBeLessThan(written * 4)
    await expectSame(writer, runsOf(written))
    eye.close()
    await writer.close()
  }, 120_000)

  test('is migrated in steps, between which other work runs', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    writeOldDatabase(path, 3, runsOf(1000))
    const store = sqliteStore(path)
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const bill = store.runs.usage()
    store.appendSync(runOf(1000))
    expect((await bill)[0]?.runs).toBeGreaterThanOrEqual(1000)
    clearInterval(counting)
    expect(turns).toBeGreaterThan(5)
    await store.close()
  })
})

test('infinite times, which older versions accepted, are in the pages of each list once', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  await store.append([
    ...[1, 2, 3, 4].map(n => runEvent({ runId: `run-${n}` })),
    ...[1, 2, 3].map(n => span({ name: `${n}` })),
  ])
  database.exec(`
    UPDATE run_events SET received_at = NULL, at = CASE run_id WHEN 'run-4' THEN -9e999 ELSE 9e999 END WHERE run_id <> 'run-1';
    UPDATE span_rows SET started_at = 9e999 WHERE name <> '1'`)
  const all = async <T>(list: (query: object) => Promise<Page<T>>): Promise<T[]> => {
    const items: T[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await list({ limit: 1, ...(cursor !== undefined && { cursor }) })
      items.push(...page.items)
      if (page.nextCursor === undefined) return items
      cursor = page.nextCursor
    }
  }
  expect((await all(store.runs.list)).map(({ runId }) => runId)).toEqual(['run-3', 'run-2', 'run-1', 'run-4'])
  expect((await all(store.traces.list)).map(({ name }) => name).sort()).toEqual(['1', '2', '3'])
  const days = await store.runs.usage({ groupBy: ['day'] })
  expect(days.map(({ group, runs }) => [group.day, runs])).toEqual([
    ['', 3],
    ['2026-01-01', 1],
  ])
})

describe('a damaged value', () => {
  test.each(['{"status":', '', 'null', '5'])('%j neither breaks nor changes a bill', async json => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(database)
    store.appendSync(runsOf(10))
    database.prepare("UPDATE run_events SET value_json = ? WHERE run_id = 'run-3'").run(json)
    expect((await store.runs.usage())[0]).toMatchObject({ runs: 10, succeeded: 8, negative: 2 })
    expect(await store.runs.usage({ groupBy: ['model'] })).toHaveLength(1)
  })

  test('of an older version makes its content unknown', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    writeOldDatabase(path, 1, runsOf(10))
    const database = new DatabaseSync(path)
    database.exec("UPDATE run_events SET value_json = '{' WHERE run_id = 'run-3' AND metric = 'call:3'")
    const store = sqliteStore(database)
    expect((await store.runs.usage())[0]?.unknownUsageRuns).toBe(8)
    await store.close()
  })
})
