import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, newFleet } from './fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await newFleet(60)
}, 60_000)
afterAll(() => fleet.remove())

const changed = { CHANGED: 'yes' }

test('a replay at two workers has the report of one process', async () => {
  const alone = fleet.start(
    [
      'replay',
      './desk.ts#answer',
      ...fleet.flags.slice(0, 2),
      '--limit',
      '60',
      '--reporter',
      'json',
      '--out',
      'alone',
    ],
    fleet.project.folder,
    changed,
  )
  expect(await alone.ended()).toBe(1)
  const machines = [fleet.machine(), fleet.machine()]
  const workers = machines.map(folder => fleet.worker(folder))
  const replay = fleet.replay(['--limit', '60', '--env', 'CHANGED', '--out', 'together'], changed)
  expect([await replay.ended(), replay.said()]).toEqual([1, expect.not.stringContaining('Worker')])
  expect(fleet.report('together')).toEqual(fleet.report('alone'))
  expect(machines.map(fleet.began).reduce((sum, count) => sum + count)).toBe(60)
  for (const { child } of workers) child.kill('SIGTERM')
  expect(await Promise.all(workers.map(worker => worker.ended()))).toEqual([0, 0])
}, 120_000)

test('the commands of docs/replay.md about many machines work', async () => {
  const page = readFileSync(new URL('../../../../docs/replay.md', import.meta.url), 'utf8')
  const [, block = ''] = /## 9\. On many machines[\s\S]*?```bash\n([\s\S]*?)```/.exec(page) ?? []
  const [install, ...commands] = block.trim().split('\n')
  expect(install).toBe('npm install pg-boss@12')
  const { project, connectionString, schema } = fleet
  mkdirSync(join(project.folder, 'src'), { recursive: true })
  project.write('src/agent.ts', "export { answer } from '../desk.ts'\n")
  const machine = fleet.machine()
  cpSync(join(project.folder, 'src'), join(machine, 'src'), { recursive: true })
  const words = commands.map(line =>
    line
      .split(' ')
      .slice(2)
      .map(word => word.replace('"$DATABASE_URL"', `${connectionString}?schema=${schema}`)),
  )
  const [migrate = [], work = [], replay = []] = words
  expect(await fleet.start(migrate).ended()).toBe(0)
  const worker = fleet.start(work, machine)
  expect(await fleet.start(replay).ended()).toBe(0)
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
}, 120_000)
