import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { postgresStore } from '@runtape/store-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSchema } from '../../../store-postgres/test/server.ts'
import { run as runSql } from '../../../store-postgres/test/subject.ts'
import { type Fleet, newFleet } from './fleet.ts'

const count = 40
let fleet: Fleet
beforeAll(async () => {
  fleet = await newFleet(count, { waitMs: 300 })
}, 120_000)
afterAll(() => fleet.remove())

const all = ['--limit', String(count), '--timing', 'recorded']
const git = (folder: string, words: string) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words.split(' ')], {
    cwd: folder,
    encoding: 'utf8',
  }).trim()

async function untilBegan(folder: string): Promise<void> {
  await expect.poll(() => fleet.began(folder), { timeout: 60_000, interval: 20 }).toBeGreaterThan(0)
}

test('a worker with another module refuses, both say what it has, and another worker replays everything', async () => {
  const [other, same] = [fleet.machine(), fleet.machine()]
  writeFileSync(join(other, 'lib/status.ts'), "export const statusOf = (): string => 'lost'\n")
  const refusing = fleet.worker(other)
  const replay = fleet.replay([...all, '--timeout', '1m', '--out', 'refused'])
  await replay.until('refuses this replay: it has no commit, hash ')
  await replay.until('Waiting with other code: 1 with no commit, hash ')
  await refusing.until('This worker refuses a replay: it has no commit, hash ')
  const [, has, wanted] = /hash (\w{8}), and no commit, hash (\w{8}) is wanted/.exec(refusing.said()) ?? []
  expect(has).not.toBe(wanted)
  expect(replay.said()).toContain(`hash ${has}, and no commit, hash ${wanted} is wanted`)
  const serving = fleet.worker(same)
  expect(await replay.ended()).toBe(0)
  expect([fleet.began(other), fleet.began(same)]).toEqual([0, count])
  for (const { child } of [refusing, serving]) child.kill('SIGTERM')
  expect(await Promise.all([refusing.ended(), serving.ended()])).toEqual([0, 0])
}, 150_000)

test('without a worker the command gives up after --timeout, and the test run is interrupted', async () => {
  const replay = fleet.replay([...all, '--timeout', '3s', '--out', 'nobody'])
  expect(await replay.ended()).toBe(2)
  expect(replay.said()).toContain(
    'No worker waits. Start one where this code is checked out: runtape worker ./desk.ts#answer',
  )
  const report = JSON.parse(readFileSync(join(fleet.project.folder, 'nobody/report.json'), 'utf8'))
  expect(report).toMatchObject({ status: 'interrupted', pass: false, summary: { notRun: count, failed: 0 } })
  await expectNoQueues()
}, 90_000)

test('Ctrl-C ends the test run as interrupted, and the worker goes on to the next one', async () => {
  const machine = fleet.machine()
  const worker = fleet.worker(machine, ['--concurrency', '4'])
  const replay = fleet.replay([...all, '--out', 'stopped'])
  await untilBegan(machine)
  replay.child.kill('SIGINT')
  expect(await replay.ended()).toBe(130)
  const report = JSON.parse(readFileSync(join(fleet.project.folder, 'stopped/report.json'), 'utf8'))
  const { total, notRun } = report.summary
  expect([report.status, total]).toEqual(['interrupted', count])
  expect(notRun).toBeGreaterThanOrEqual(count - 12)
  expect(report.items.length).toBe(count - notRun)
  const store = postgresStore({
    connectionString: fleet.connectionString,
    schema: fleet.schema,
    migrate: false,
  })
  expect(await store.testRuns.get(report.testRunId)).toMatchObject({ status: 'interrupted' })
  await store.close()
  await expectNoQueues()
  const next = fleet.replay([...all, '--out', 'next'])
  expect([await next.ended(), next.said()]).toEqual([0, expect.not.stringContaining('refuses')])
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
}, 150_000)

test('a worker at another commit refuses, also with the same modules; a dirty file that it imports counts', async () => {
  git(fleet.project.folder, 'init -q -b main')
  git(fleet.project.folder, 'add desk.ts lib package.json')
  git(fleet.project.folder, 'commit -q -m first')
  const machine = fleet.machine()
  git(machine, `clone -q --no-checkout ${fleet.project.folder} copy`)
  execFileSync('mv', [join(machine, 'copy/.git'), join(machine, '.git')])
  git(machine, 'commit -q --allow-empty -m second')
  const worker = fleet.worker(machine)
  const replay = fleet.replay([...all, '--timeout', '1m', '--out', 'commits'])
  await replay.until('refuses this replay: it has commit ')
  const [, has, wanted] = /has commit (\w{7}), .* and commit (\w{7}), /.exec(replay.said()) ?? []
  expect([has, wanted]).toEqual([
    git(machine, 'rev-parse --short=7 HEAD'),
    git(fleet.project.folder, 'rev-parse --short=7 HEAD'),
  ])
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
  git(machine, 'reset -q --soft HEAD~1')
  const again = fleet.worker(machine)
  expect(await replay.ended()).toBe(0)
  writeFileSync(join(machine, 'lib/status.ts'), "export const statusOf = (): string => 'dirty'\n")
  const dirty = fleet.replay([...all, '--timeout', '1m', '--out', 'dirty'])
  await dirty.until('refuses this replay')
  dirty.child.kill('SIGINT')
  expect(await dirty.ended()).toBe(130)
  again.child.kill('SIGTERM')
  expect(await again.ended()).toBe(0)
}, 200_000)

test('flags of workers need --workers, a store in Postgres, and a lease that pg-boss can keep', async () => {
  const refused = async (words: readonly string[]) => {
    const one = fleet.start(['replay', './desk.ts#answer', ...words])
    return [await one.ended(), one.said()]
  }
  const store = fleet.flags.slice(0, 2)
  expect(await refused([...store, '--lease', '20s'])).toEqual([
    2,
    expect.stringContaining('--lease needs --workers pg'),
  ])
  expect(await refused([...store, '--workers', 'redis'])).toEqual([
    2,
    expect.stringContaining('must be one of pg'),
  ])
  expect(await refused([...fleet.flags, '--workers', 'pg', '--lease', '5s'])).toEqual([
    2,
    expect.stringContaining('at least 10s'),
  ])
  expect(await refused([...fleet.flags, '--workers', 'pg', '--env', 'NODE_OPTIONS'])).toEqual([
    2,
    expect.stringContaining('it changes which code runs'),
  ])
}, 60_000)

async function expectNoQueues(): Promise<void> {
  const { rows } = await runSql(
    fleet.connectionString,
    `SELECT name FROM ${fleet.jobsSchema}.queue WHERE name LIKE 'runtape.replay.%'`,
  )
  expect(rows).toEqual([])
}

test('without pg-boss the command says what to install; migrate --jobs creates the queues', async () => {
  const hooks = `import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => {
  if (name === 'pg-boss') throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' })
  return next(name, context)
} })`
  const without = ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`]
  const { runtape } = fleet.project
  for (const words of [
    ['replay', './desk.ts#answer', '--workers', 'pg'],
    ['worker', './desk.ts#answer'],
  ])
    expect(await runtape([...words, ...fleet.flags], {}, without)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm install pg-boss@12'),
    })
  const jobs = testSchema()
  const migrate = ['migrate', ...fleet.flags.slice(0, 2), '--jobs', '--jobs-schema', jobs]
  expect(await runtape(migrate)).toMatchObject({ code: 0 })
  const { rows } = await runSql(fleet.connectionString, `SELECT name FROM ${jobs}.queue`)
  expect(rows).toEqual([{ name: 'runtape.replays' }])
  await runSql(fleet.connectionString, `DROP SCHEMA ${jobs} CASCADE`)
}, 90_000)
