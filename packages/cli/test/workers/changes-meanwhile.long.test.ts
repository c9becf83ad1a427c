import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run as runSql } from '../../../store-postgres/test/subject.ts'
import { type Fleet, newFleet } from './fleet.ts'

const count = 40
let fleet: Fleet
beforeAll(async () => {
  fleet = await newFleet(count, { waitMs: 200 })
}, 120_000)
afterAll(() => fleet.remove())

const all = ['--limit', String(count), '--timing', 'recorded']
const git = (...words: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
    cwd: fleet.project.folder,
  })

const untilBegan = (folder: string) =>
  expect.poll(() => fleet.began(folder), { timeout: 60_000, interval: 20 }).toBeGreaterThan(0)

const queues = async (): Promise<string[]> => {
  const sql = `SELECT name FROM "${fleet.jobsSchema}".queue WHERE name LIKE 'runtape.replay.%' ORDER BY name`
  return (await runSql(fleet.connectionString, sql)).rows.map(({ name }) => name)
}

const reportOf = (name: string) =>
  JSON.parse(readFileSync(join(fleet.project.folder, name, 'report.json'), 'utf8'))

async function alone(out: string, words: readonly string[]): Promise<number | null> {
  const [store, address] = fleet.flags
  const common = ['--reporter', 'json', '--out', out, '--store', address ?? '']
  expect(store).toBe('--store')
  const replay = fleet.start(['replay', './desk.ts#answer', ...common, ...words])
  return replay.ended()
}

test('with --isolate, an item whose process loaded files that had just changed is replayed by another worker', async () => {
  const [changing, same] = [fleet.machine(), fleet.machine()]
  const first = fleet.worker(changing, ['--concurrency', '1'])
  const replay = fleet.replay(['--limit', '12', '--isolate', '--timeout', '1m', '--out', 'isolated'])
  await untilBegan(changing)
  writeFileSync(join(changing, 'lib/status.ts'), "export const statusOf = (): string => 'lost'\n")
  await first.until('its files changed')
  const second = fleet.worker(same)
  expect(await replay.ended()).toBe(0)
  expect(reportOf('isolated').summary).toMatchObject({ total: 12, notRun: 0, changed: 0 })
  for (const { child } of [first, second]) child.kill('SIGTERM')
  expect(await Promise.all([first.ended(), second.ended()])).toEqual([0, 0])
}, 150_000)

test('files change while a worker serves: it takes no more, and another one replays the rest', async () => {
  const [changing, same] = [fleet.machine(), fleet.machine()]
  const first = fleet.worker(changing, ['--concurrency', '1'])
  const replay = fleet.replay([...all, '--timeout', '1m', '--out', 'changing'])
  await untilBegan(changing)
  writeFileSync(join(changing, 'lib/status.ts'), "export const statusOf = (): string => 'lost'\n")
  await first.until('its files changed')
  const before = fleet.began(changing)
  const second = fleet.worker(same)
  expect(await replay.ended()).toBe(0)
  expect(fleet.began(changing)).toBe(before)
  expect(before + fleet.began(same)).toBe(count)
  expect(reportOf('changing').summary).toMatchObject({ total: count, notRun: 0, changed: 0 })
  for (const { child } of [first, second]) child.kill('SIGTERM')
  expect(await Promise.all([first.ended(), second.ended()])).toEqual([0, 0])
}, 150_000)

test('after kill -9 of the command the next replay works, and a later one removes what it left', async () => {
  const machine = fleet.machine()
  const worker = fleet.worker(machine, ['--concurrency', '2'])
  const replay = fleet.replay([...all, '--out', 'killed'])
  await untilBegan(machine)
  replay.child.kill('SIGKILL')
  await replay.ended()
  const left = await queues()
  expect(left).toHaveLength(2)
  const next = fleet.replay([...all, '--out', 'next'])
  expect([await next.ended(), next.said()]).toEqual([0, expect.not.stringContaining('refuses')])
  expect(reportOf('next').summary).toMatchObject({
    total: count,
    completed: reportOf('changing').summary.completed,
  })
  expect(await queues()).toEqual(left)
  await runSql(
    fleet.connectionString,
    `UPDATE "${fleet.jobsSchema}".queue SET created_on = now() - interval '8 days' WHERE name LIKE 'runtape.replay.%'`,
  )
  expect(await fleet.replay([...all, '--out', 'later']).ended()).toBe(0)
  expect(await queues()).toEqual([])
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
}, 150_000)

test('a cohort, and a baseline of the code before, have the report of one process', async () => {
  const [, address = ''] = fleet.flags
  const made = fleet.start(['cohort', 'create', 'some', '--since', '1d', '--store', address])
  expect([await made.ended(), made.said()]).toEqual([0, expect.stringContaining('some@1')])
  git('init', '-q', '-b', 'main')
  git('add', 'desk.ts', 'lib', 'package.json')
  git('commit', '-q', '-m', 'before')
  fleet.project.write('lib/status.ts', "export const statusOf = (): string => 'lost'\n")
  const worker = fleet.worker(fleet.project.folder)
  const words = ['--cohort', 'some', '--baseline', 'HEAD']
  const code = await alone('one', words)
  const replay = fleet.replay([...words, '--out', 'many'])
  expect([await replay.ended(), replay.said()]).toEqual([code, expect.not.stringContaining('refuses')])
  expect(reportOf('many')).toMatchObject({ summary: reportOf('one').summary })
  expect(reportOf('many').baseline?.summary).toEqual(reportOf('one').baseline?.summary)
  expect(fleet.report('many')).toEqual(fleet.report('one'))
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
}, 150_000)
