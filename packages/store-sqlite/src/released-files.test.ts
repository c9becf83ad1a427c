import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../test/scratch.ts'
import { inspectSqlite } from './inspect.ts'
import { migrations } from './schema.ts'
import { sqliteStore } from './sqlite-store.ts'

const folder = fileURLToPath(new URL('../test/fixtures', import.meta.url))

/** Databases written by the code of each schema version, and its query results. Each new version adds its own. */
const versions = readdirSync(folder).flatMap(file => /^schema-(\d+)\.json$/.exec(file)?.[1] ?? [])

/** Version 4 was released together with version 5; version 11 is not released yet. */
const unreleased = [4, 11]

interface Said {
  readonly total: readonly object[]
  readonly byDayAndConfig: readonly object[]
  readonly runs: readonly (readonly [runId: string, firstAt: number, lastAt: number, events: number])[]
  readonly traces: readonly string[]
  readonly spans: readonly (readonly [spanId: string, input: number, output: string])[]
  readonly testRun: { readonly testRunId: string; readonly startedAt: number }
}

function fixture(version: string): { readonly path: string; readonly said: Said } {
  const path = join(scratchDirectory(), 'runtape.db')
  writeFileSync(path, gunzipSync(readFileSync(join(folder, `schema-${version}.db.gz`))))
  return { path, said: JSON.parse(readFileSync(join(folder, `schema-${version}.json`), 'utf8')) as Said }
}

test('what a process of an older version still writes about a test run is kept', async () => {
  const { path } = fixture('9')
  const older = new DatabaseSync(path)
  const store = sqliteStore(path)
  const { testRunId } = await store.testRuns.start({ key: 'a', sourceTraceIds: [] })
  older
    .prepare('UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ?')
    .run('completed', 5e12, testRunId)
  const sql =
    'INSERT OR REPLACE INTO verdicts (test_run_id, trace_id, pass, by, comment) VALUES (?, ?, ?, ?, ?)'
  for (const pass of [0, 1]) expect(older.prepare(sql).run(testRunId, 'b', pass, 'ada', null).changes).toBe(1)
  expect(await store.testRuns.get(testRunId)).toMatchObject({
    status: 'completed',
    completedAt: 5e12,
    verdicts: { b: { pass: true, by: 'ada' } },
  })
  expect(await store.testRuns.verdicts(testRunId)).toHaveLength(2)
  await store.testRuns.complete(testRunId, 'interrupted')
  expect((await store.testRuns.get(testRunId))?.status).toBe('interrupted')
  older.close()
  await store.close()
})

test('there is a file of every released schema', () => {
  const numbers = [...versions.map(Number), ...unreleased].sort((a, b) => a - b)
  expect(numbers).toEqual(migrations.map((_, index) => index + 1))
})

describe.each(versions)('a file that schema %s wrote', version => {
  test('opens with the same numbers as before', async () => {
    const { path, said } = fixture(version)
    const store = sqliteStore(path)
    expect(await store.runs.usage()).toMatchObject(said.total)
    expect(await store.runs.usage({ groupBy: ['day', 'config'] })).toMatchObject(said.byDayAndConfig)
    const runs = (await store.runs.list({ limit: 100 })).items
    expect(runs.map(run => [run.runId, run.firstAt, run.lastAt, run.events.length])).toEqual(said.runs)
    const traces = await store.traces.list({ limit: 100, feedback: 'negative' })
    expect(traces.items.map(({ traceId }) => traceId)).toEqual(said.traces)
    const trace = await store.traces.get('000000000000000000000000000003f0')
    expect(
      trace?.spans.map(({ spanId, input, output }) => [spanId, input.json.length, output?.json.slice(-30)]),
    ).toEqual(said.spans)
    expect(await store.testRuns.get('test-run')).toMatchObject(said.testRun)
    await store.close()
    expect(inspectSqlite(path)).toBeDefined()
  })

  test('has its traces at every time after it was first read', async () => {
    const { path, said } = fixture(version)
    const store = sqliteStore(path)
    await store.runs.usage()
    const opened = Date.now()
    await new Promise(resolve => setTimeout(resolve, 5))
    expect((await store.traces.list({ asOf: opened, limit: 1 })).items).toHaveLength(1)
    // Version 10 records when it receives a span.
    const isKnown = Number(version) >= 10
    const before = store.traces.list({ asOf: (isKnown ? said.testRun.startedAt : opened) - 60_000 })
    if (isKnown) expect((await before).items).toEqual([])
    else await expect(before).rejects.toThrow('began to record when it receives')
    await store.close()
  })

  test('accepts new records, and a person in it can be erased', async () => {
    const { path, said } = fixture(version)
    const store = sqliteStore(path)
    await store.append([runEvent()])
    expect((await store.runs.usage())[0]?.runs).toBe(said.runs.length + 1)
    const erased = await store.erase({ context: { kind: 'user', key: 'user-3' } })
    expect(erased).toMatchObject({ runs: 8, traces: 8, spans: 16 })
    expect((await store.runs.usage())[0]?.runs).toBe(said.runs.length - 7)
    expect((await store.runs.list({ contextKey: 'user-3' })).items).toEqual([])
    await store.close()
  })
})
