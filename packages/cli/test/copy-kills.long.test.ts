import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@runtape/core/store'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteStore } from '@runtape/store-sqlite'
import { payload, runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject, runtapePath } from './project.ts'

async function setting() {
  const project = await newProject('empty')
  const [connectionString, schema] = [await testServer(), testSchema()]
  const path = join(project.folder, 'a.db')
  const file = sqliteStore(path, { worker: false })
  const postgres = postgresStore({ connectionString, schema, maxConnections: 4 })
  onTestFinished(async () => {
    await Promise.all([file.close(), postgres.close()])
    await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  })
  const to = `${connectionString}?schema=${schema}`
  const copy = (...flags: readonly string[]) =>
    project.runtape(['copy', '--from', path, '--to', to, ...flags])
  return { project, path, file, postgres, copy, to, connectionString, schema }
}

const day = 86_400_000

/** Runs with an outcome, tokens, and every fifth with a trace. */
function records(from: number, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index
    const common = { runId: `run-${number}`, at: Date.now() - (number % 5) * day }
    const root = span({ runId: common.runId, input: payload('x'.repeat(number % 3000)) })
    return [
      runEvent({ ...common, metric: 'outcome', value: { status: number % 7 ? 'success' : 'error' } }),
      runEvent({ ...common, metric: 'tokens', value: { input: number, output: 1, total: number + 1 } }),
      ...(number % 5 === 0 ? [root] : []),
    ]
  }).flat()
}

async function fill(store: Store, from: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1000) await store.append(records(from + at, Math.min(1000, count - at)))
}

/** The ids of all runs, in the order of arrival, with their times of receipt. */
const arrivals = async (connectionString: string, schema: string) =>
  (await run(connectionString, `SELECT run_id, metric, received_at FROM ${schema}.run_events ORDER BY id`))
    .rows

test('a copy that is killed again and again goes on where it was, and ends equal, in the same order', async () => {
  const { file, path, postgres, copy, to, connectionString, schema } = await setting()
  await fill(file, 0, 20_000)
  let kills = 0
  for (let waitMs = 900; kills < 12; waitMs += 150) {
    const child = spawn(process.execPath, [runtapePath, 'copy', '--from', path, '--to', to], {
      stdio: 'ignore',
    })
    await Promise.race([sleep(waitMs), once(child, 'exit')])
    if (!isRunning(child)) break
    child.kill('SIGKILL')
    await once(child, 'exit')
    kills++
  }
  expect(kills).toBeGreaterThan(2)
  const { code, stdout, stderr } = await copy()
  expect(stdout + stderr).toContain('Verified')
  expect(code).toBe(0)
  expect(await postgres.runs.usage({ groupBy: ['day'] })).toEqual(await file.runs.usage({ groupBy: ['day'] }))
  const there = await arrivals(connectionString, schema)
  expect(there).toHaveLength(40_000)
  expect(there[0]).toMatchObject({ run_id: 'run-0', metric: 'outcome' })
  expect(there.at(-1)).toMatchObject({ run_id: 'run-19999', metric: 'tokens' })
  const again = JSON.parse((await copy('--json')).stdout)
  expect(again.verification.differences).toEqual([])
  for (const counts of Object.values(again.kinds)) expect(counts).toMatchObject({ copied: 0, conflicts: 0 })
}, 300_000)

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null

test('while applications write, a copy is equal as of its time, and the next one copies only the rest', async () => {
  const { file, postgres, copy } = await setting()
  await fill(file, 0, 3000)
  let isOver = false
  const writing = (async () => {
    for (let number = 3000; !isOver; number += 20) {
      await file.append(records(number, 20))
      await sleep(5)
    }
  })()
  const first = await copy()
  expect(first.stdout + first.stderr).toContain('Verified')
  isOver = true
  await writing
  const last = JSON.parse((await copy('--json')).stdout)
  expect(last.verification).toMatchObject({ differences: [] })
  expect(last.kinds.events.known).toBe(0)
  expect(await postgres.runs.usage({ groupBy: ['day'] })).toEqual(await file.runs.usage({ groupBy: ['day'] }))
}, 300_000)

test('a second source is merged: the first write stands, conflicts are counted and named', async () => {
  const { project, file, postgres, copy, to } = await setting()
  const other = sqliteStore(join(project.folder, 'b.db'), { worker: false })
  await fill(file, 0, 500)
  await fill(other, 400, 500)
  const [mine, theirs] = [5, 6].map(value => runEvent({ runId: 'shared', metric: 'duration', value }))
  if (mine) await file.append([mine])
  if (theirs) await other.append([theirs])
  expect((await copy()).code).toBe(0)
  const merge = await project.runtape(['copy', '--from', 'b.db', '--to', to, '--json'])
  const merged = JSON.parse(merge.stdout)
  expect(merge.code).toBe(0)
  expect(merged).toMatchObject({
    kinds: { events: { copied: 800, known: 200, conflicts: 1 } },
    conflicts: [expect.stringContaining('shared')],
    verification: { isMerged: true, differences: [] },
  })
  expect((await postgres.runs.usage())[0]?.runs).toBe(901)
  expect((await postgres.runs.get('shared'))?.metrics.duration).toBe(5)
  await other.close()
}, 300_000)
