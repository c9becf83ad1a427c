import { join } from 'node:path'
import type { Store } from '@runtape/core/store'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { fill, grow, past, pastLists, pastReads } from '../../testing/src/contract/history/past.ts'
import { newProject, type Project } from './project.ts'

interface Setting {
  readonly project: Project
  readonly file: Store
  /** The address of an empty schema, and the store in it. */
  readonly address: string
  readonly postgres: Store
  copy(...flags: readonly string[]): ReturnType<Project['runtape']>
}

async function setting(): Promise<Setting> {
  const project = await newProject('empty')
  const [connectionString, schema] = [await testServer(), testSchema()]
  const address = `${connectionString}?schema=${schema}`
  const file = sqliteStore(join(project.folder, 'a.db'), { worker: false })
  const postgres = postgresStore({ connectionString, schema, maxConnections: 4 })
  onTestFinished(async () => {
    await Promise.all([file.close(), postgres.close()])
    await run(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  })
  const copy = (...flags: readonly string[]) =>
    project.runtape(['copy', '--from', 'a.db', '--to', address, ...flags])
  return { project, file, address, postgres, copy }
}

const pause = () => new Promise(resolve => setTimeout(resolve, 20))

/** Texts to search are made again, where the option is on. */
const isKept = ({ name }: { readonly name: string }) => !name.startsWith('search')

/** What every read of the past returns. */
async function reads(store: Store, it: ReturnType<typeof past>, asOf?: number) {
  const at = asOf === undefined ? {} : { asOf }
  const found: Record<string, unknown> = {}
  for (const { name, read } of pastReads.filter(isKept)) found[name] = await read(store, it, at).catch(String)
  for (const { name, list } of pastLists.filter(isKept))
    found[name] = await list(store, it, { limit: 100, ...at }).then(({ items }) => items, String)
  return JSON.parse(JSON.stringify(found)) as unknown
}

test('every read returns the same in Postgres as in the file, of now and as of times', async () => {
  const { file, postgres, copy } = await setting()
  const it = past()
  await fill(file, it)
  await pause()
  const times = [Date.now()]
  for (const turn of [0, 1]) {
    await pause()
    await grow(file, it, turn)
    await pause()
    times.push(Date.now())
  }
  await file.views.put({ name: 'mine', filter: 'user:ada', by: 'ada' })
  await file.budgets.put({ name: 'all', measure: 'runs', limit: 3, window: '30d', warnAt: [0.5] })
  const { code, stdout, stderr } = await copy()
  expect(stdout + stderr).toContain('Verified')
  expect(code).toBe(0)
  expect(await reads(postgres, it)).toEqual(await reads(file, it))
  for (const asOf of times) expect(await reads(postgres, it, asOf)).toEqual(await reads(file, it, asOf))
  const adjusted = { groupBy: ['day'], asOf: times[0] ?? 0, adjustments: true } as const
  expect(await postgres.runs.usage(adjusted)).toEqual(await file.runs.usage(adjusted))
  expect(await postgres.budgets.list()).toEqual(await file.budgets.list())
  const [view] = await file.views.list()
  expect(await postgres.views.list()).toMatchObject([{ ...view, version: expect.any(Number) }])
  const again = JSON.parse((await copy('--json')).stdout)
  for (const counts of Object.values(again.kinds)) expect(counts).toMatchObject({ copied: 0, conflicts: 0 })
})

test('a copy of a copy, back into a file, has the same reads', async () => {
  const { project, file, address, copy } = await setting()
  const it = past()
  await fill(file, it)
  await grow(file, it)
  expect((await copy()).code).toBe(0)
  const back = await project.runtape(['copy', '--from', address, '--to', 'b.db'])
  expect(back.stdout + back.stderr).toContain('Verified')
  const other = sqliteStore(join(project.folder, 'b.db'), { worker: false })
  expect(await reads(other, it)).toEqual(await reads(file, it))
  await other.close()
})

test('run again, it copies only what is new; --dry-run counts it; a later conflict is named and stands', async () => {
  const { file, postgres, copy } = await setting()
  await file.append([runEvent({ runId: 'one' }), runEvent({ runId: 'two' })])
  expect(JSON.parse((await copy('--dry-run', '--json')).stdout).counts).toMatchObject({ events: 2 })
  expect((await copy()).code).toBe(0)
  await postgres.append([runEvent({ runId: 'three', metric: 'duration', value: 7 })])
  await file.append([runEvent({ runId: 'three', metric: 'duration', value: 9 }), runEvent({ runId: 'four' })])
  expect(JSON.parse((await copy('--dry-run', '--json')).stdout).counts).toMatchObject({ events: 2 })
  const { code, stdout } = await copy('--json')
  expect(JSON.parse(stdout)).toMatchObject({
    kinds: { events: { copied: 1, known: 0, conflicts: 1 } },
    conflicts: [expect.stringContaining('three')],
  })
  expect(code).toBe(0)
  expect((await postgres.runs.get('three'))?.metrics.duration).toBe(7)
})

test('what is erased or pruned in the source after a copy goes with the next one, and does not come back', async () => {
  const { file, postgres, copy } = await setting()
  const event = (runId: string, key: string) =>
    runEvent({ runId, at: Date.now(), context: { kind: 'user', key } })
  const [ann, bob, cy] = [event('of-ann', 'ann'), event('of-bob', 'bob'), event('of-cy', 'cy')]
  const [traced, kept] = [span({ sessionId: 's' }), span()]
  await file.append([ann, bob, cy, traced, kept])
  expect((await copy()).code).toBe(0)
  const then = Date.now()
  await pause()
  await file.erase({ context: { kind: 'user', key: 'ann' } })
  await file.erase({ runId: 'of-bob' }, { keepTotals: true })
  await file.erase({ sessionId: 's' })
  const { code, stdout, stderr } = await copy()
  expect(stdout + stderr).toContain('Verified')
  expect(code).toBe(0)
  expect(await postgres.runs.usage()).toEqual(await file.runs.usage())
  expect(await postgres.runs.get('of-ann')).toBeUndefined()
  expect(await postgres.runs.get('of-bob')).toBeUndefined()
  expect(await postgres.runs.get('of-cy')).toBeDefined()
  expect(await postgres.traces.get(traced.traceId)).toBeUndefined()
  expect(await postgres.traces.get(kept.traceId)).toBeDefined()
  // Late records are refused, and past bills are not told without what was removed.
  expect(await postgres.append([ann, traced, event('of-ann-too', 'ann')])).toMatchObject({ duplicates: 2 })
  for (const store of [file, postgres])
    await expect(store.runs.usage({ asOf: then })).rejects.toMatchObject({ code: 'period-pruned' })
})
