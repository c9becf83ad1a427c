import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { MetricValue, RunContext, RunEvent } from '@runtape/core'
import { runEvent, testTime } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const usage = { input: 3, output: 2, total: 5, cachedInput: 1 }
const [traceA, traceB] = ['a'.repeat(32), 'b'.repeat(32)]

const values: Readonly<Record<string, MetricValue>> = {
  duration: 1234.5678901234,
  'time-to-first-token': 0.1,
  'call:1': { status: 'success', durationMs: 5, usage, model: 'm2' },
  'call:2': { status: 'success', durationMs: 5, usage: { ...usage, inputAudio: 2 }, model: 'm3' },
  'call:3': { status: 'error', durationMs: 5 },
  tokens: { input: 9, output: 2, total: 11 },
  feedback: { kind: 'negative' },
  outcome: { status: 'cancelled' },
}

/** Reproducible pseudo-random numbers. */
const chance = (seed: number): number => (Math.imul(seed + 1, 2654435761) >>> 8) / 2 ** 24

/** Mixed events of many runs. Some have contexts, traces, costs and unusual texts. */
function mixed(count: number, first = 0): RunEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = first + index
    const run = Math.floor(seed / 12) + Math.floor(chance(seed) * 8)
    const metric = Object.keys(values)[Math.floor(chance(seed * 3) * 8)] ?? 'duration'
    const cost = { nanoUsd: seed, priceList: 'test@1' }
    return runEvent({
      runId: `run-${run}`,
      metric: metric as RunEvent['metric'],
      value: values[metric] ?? 0,
      at: testTime + chance(seed * 5) * 1e6,
      configKey: `config-${run % 3}`,
      ...(run % 2 === 0 && { context: { kind: 'user', key: `\ud800 ${run % 5}` } }),
      ...(run % 3 === 0 && { traceId: chance(seed * 7) > 0.2 ? traceA : traceB }),
      ...(/tokens|call:1/.test(metric) && seed % 4 > 0 && { cost }),
      ...(seed % 17 === 0 && { replay: { testRunId: 'test', traceId: traceB } }),
    })
  })
}

const opened: SqliteStore[] = []
afterEach(() => Promise.all(opened.splice(0).map(store => store.close())))

/** Opens a file with a store, and with a connection that reads its contents. */
function open(): { readonly store: SqliteStore; readonly path: string; readonly eye: DatabaseSync } {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  opened.push(store)
  return { store, path, eye: new DatabaseSync(path) }
}

const all = (database: DatabaseSync, sql: string): unknown[] => database.prepare(sql).all()

const rowsSql = `SELECT * FROM runs ORDER BY id`
const partsSql = 'SELECT run_parts.*, text FROM run_parts JOIN texts ON texts.id = model ORDER BY run, text'

/** Expects the rows of runs to equal those that another store builds from the events alone. */
async function expectAsFromEvents(eye: DatabaseSync): Promise<void> {
  const before = [all(eye, rowsSql), all(eye, partsSql)]
  eye.exec(`DELETE FROM runs; DELETE FROM run_parts; DELETE FROM run_segments; DELETE FROM run_columns;
    DELETE FROM run_changes; UPDATE run_state SET event_id = 0, price_id = 0`)
  const other = sqliteStore(eye)
  await other.revision()
  const [runs, parts] = [all(eye, rowsSql), all(eye, partsSql)] as Record<string, unknown>[][]
  const byRun = (rows: readonly unknown[]) =>
    new Map((rows as Record<string, unknown>[]).map(({ id: _, ...row }) => [row.run_id, row]))
  expect(byRun(before[0] ?? [])).toEqual(byRun(runs ?? []))
  expect(before[1]?.length).toBe(parts?.length)
}

describe('rows built from recent events equal those built from the database', () => {
  test('in batches, with runs that continue in later batches', async () => {
    const { store, eye } = open()
    for (let first = 0; first < 3000; first += 150) {
      await store.append(mixed(150, first))
      await store.revision()
    }
    expect(all(eye, 'SELECT * FROM runs')).not.toEqual([])
    await expectAsFromEvents(eye)
  })

  test('one at a time, for more events than are kept in memory', async () => {
    const { store, eye } = open()
    for (const event of mixed(9000)) store.appendSync([event])
    await store.revision()
    for (const event of mixed(300, 8900)) store.appendSync([event])
    await store.revision()
    await expectAsFromEvents(eye)
  })

  test('with two stores that write and read in turn', async () => {
    const { store, path, eye } = open()
    const other = sqliteStore(path, { worker: false })
    for (let first = 0; first < 2000; first += 40) {
      const writer = chance(first) > 0.5 ? store : other
      writer.appendSync(mixed(40, first))
      if (chance(first * 3) > 0.4) await (chance(first * 7) > 0.5 ? store : other).revision()
    }
    await store.revision()
    await other.close()
    await expectAsFromEvents(eye)
  })

  test('with prices that arrive later, before and after the rows', async () => {
    const { store, eye } = open()
    for (let first = 0; first < 2000; first += 100) {
      const events = mixed(100, first)
      store.appendSync(events.map(({ cost: _, ...event }) => event))
      if (chance(first) > 0.5) await store.revision()
      store.appendSync(events)
      if (chance(first * 3) > 0.5) await store.revision()
    }
    await store.revision()
    expect(all(eye, 'SELECT * FROM event_prices')).not.toEqual([])
    await expectAsFromEvents(eye)
  })

  test('if events are changed or removed before the rows are built', async () => {
    const { store, eye } = open()
    store.appendSync(mixed(500))
    await store.revision()
    store.appendSync(mixed(500, 500))
    eye.exec(`DELETE FROM run_events WHERE id % 7 = 0 AND id < 1000 AND id > 500;
      UPDATE run_events SET context_key = 'other' WHERE id % 5 = 0 AND id > 500`)
    await store.revision()
    expect(all(eye, 'SELECT 1 FROM runs WHERE last_id % 7 = 0 AND last_id BETWEEN 501 AND 999')).toEqual([])
    await expectAsFromEvents(eye)
  })

  test('if a transaction failed and other events have its ids', async () => {
    const { store, eye } = open()
    store.appendSync(mixed(100))
    await store.revision()
    eye.exec(`CREATE TRIGGER refuse BEFORE INSERT ON run_events WHEN NEW.config_key = 'refused'
      BEGIN SELECT raise(ABORT, 'refused'); END`)
    const [last] = mixed(1, 9000)
    const batch = [...mixed(20, 7000), { ...(last as RunEvent), runId: 'last', configKey: 'refused' }]
    expect(() => store.appendSync(batch)).toThrow('refused')
    store.appendSync(mixed(100, 100))
    await store.revision()
    await expectAsFromEvents(eye)
  })
})

describe('events of a run are read back', () => {
  /** How many times the store read the events of runs while it wrote events and built rows. */
  function watched(path: string): { readonly store: SqliteStore; readonly reads: () => number } {
    const database = new DatabaseSync(path)
    let reads = 0
    const prepare = (sql: string) => {
      const statement = database.prepare(sql)
      if (!sql.includes('json_group_array')) return statement
      const counted = (params: (string | number)[]) => {
        reads++
        return statement.all(...params)
      }
      return { all: (...params: (string | number)[]) => counted(params) } as unknown as StatementSync
    }
    const store = sqliteStore({ exec: sql => database.exec(sql), prepare, close: () => database.close() })
    opened.push(store)
    return { store, reads: () => reads }
  }
  const eventsOf = (runId: string, metrics: readonly string[]) =>
    metrics.map(metric => runEvent({ runId, metric: metric as never, value: values[metric] ?? 0 }))

  test('not if this store wrote all of them, even if the run continues', async () => {
    const { store, reads } = watched(join(scratchDirectory(), 'runtape.db'))
    await store.revision()
    store.appendSync(eventsOf('a', ['duration', 'call:1']))
    expect((await store.runs.usage())[0]).toMatchObject({ runs: 1, unfinished: 1 })
    store.appendSync([...eventsOf('b', ['duration']), ...eventsOf('a', ['outcome'])])
    expect((await store.runs.usage())[0]).toMatchObject({ runs: 2, unfinished: 1, cancelled: 1 })
    expect(reads()).toBe(0)
  })

  test('if another store started the run', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const { store, reads } = watched(path)
    const other = sqliteStore(path)
    other.appendSync(eventsOf('a', ['duration']))
    await other.close()
    await store.revision()
    const before = reads()
    store.appendSync(eventsOf('a', ['outcome']))
    expect((await store.runs.usage())[0]).toMatchObject({ runs: 1, cancelled: 1 })
    expect(reads()).toBe(before + 1)
  })
})

describe('the trace of a run', () => {
  const indexed = "SELECT run_id FROM run_events WHERE trace_id IS NOT NULL AND replay_trace_id = ''"
  const run = (metrics: readonly string[], traceId = traceA) =>
    metrics.map(metric =>
      runEvent({ runId: 'run', metric: metric as never, value: values[metric] ?? 0, traceId }),
    )

  test('is in the index of traces once per process that writes events of the run', async () => {
    const { store, path, eye } = open()
    store.appendSync(run(['duration', 'call:1']))
    for (const event of run(['call:2', 'outcome'])) store.appendSync([event])
    expect(all(eye, indexed)).toHaveLength(1)
    const other = sqliteStore(path)
    other.appendSync(run(['call:3', 'tokens']))
    expect(all(eye, indexed)).toHaveLength(2)
    expect((await store.runs.get('run'))?.events.map(({ traceId }) => traceId)).toEqual(Array(6).fill(traceA))
    await other.close()
  })

  test('is in the index for each of two traces', async () => {
    const { store, eye } = open()
    store.appendSync(run(['duration', 'call:1']))
    store.appendSync(run(['call:2', 'outcome'], traceB))
    const rows = all(eye, 'SELECT DISTINCT trace_id FROM run_events WHERE trace_id IS NOT NULL') as object[]
    expect(rows).toEqual([{ trace_id: traceA }, { trace_id: traceB }])
  })

  test('stays in the index when the event in the index is erased', async () => {
    const { store, eye } = open()
    const [context, owner] = ['ada', 'grace'].map(key => ({ kind: 'user', key }))
    const ofOwner = (metrics: readonly string[]) =>
      run(metrics).map(event => ({ ...event, context: owner as RunContext }))
    store.appendSync([
      ...run(['feedback']).map(event => ({ ...event, context: context as RunContext })),
      ...ofOwner(['duration']),
    ])
    await store.erase({ context: context as RunContext })
    expect((await store.runs.get('run'))?.traceId).toBe(traceA)
    expect(all(eye, indexed)).toHaveLength(1)
    store.appendSync(ofOwner(['call:1', 'call:2']))
    expect(all(eye, indexed)).toHaveLength(1)
  })
})
