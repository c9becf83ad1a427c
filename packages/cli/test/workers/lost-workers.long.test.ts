import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run as runSql } from '../../../store-postgres/test/subject.ts'
import { type Fleet, newFleet } from './fleet.ts'

const count = 400
const changed = { CHANGED: 'yes' }
const limit = ['--limit', String(count), '--env', 'CHANGED', '--timing', 'recorded']
let fleet: Fleet

beforeAll(async () => {
  fleet = await newFleet(count, { waitMs: 50 })
  const alone = ['replay', './desk.ts#answer', ...fleet.flags.slice(0, 2), '--limit', String(count)]
  const replay = fleet.start(
    [...alone, '--concurrency', '40', '--reporter', 'json', '--out', 'alone'],
    fleet.project.folder,
    changed,
  )
  expect(await replay.ended()).toBe(1)
}, 170_000)
afterAll(() => fleet.remove())

const all = (machines: readonly string[]) => machines.map(fleet.began).reduce((sum, one) => sum + one, 0)

async function untilBegan(machines: readonly string[], least: number): Promise<void> {
  for (let waited = 0; waited < 60_000 && all(machines) < least; waited += 10) await sleep(10)
  expect(all(machines)).toBeGreaterThanOrEqual(least)
}

test('two of four workers are killed in the middle: the report is that of one process', async () => {
  const machines = Array.from({ length: 4 }, () => fleet.machine())
  const workers = machines.map(folder => fleet.worker(folder, ['--concurrency', '4']))
  const replay = fleet.replay([...limit, '--lease', '10s', '--out', 'killed'], changed)
  await untilBegan(machines, 80)
  workers[0]?.child.kill('SIGKILL')
  await untilBegan(machines, 200)
  workers[1]?.child.kill('SIGKILL')
  expect([await replay.ended(), replay.said()]).toEqual([1, expect.not.stringContaining('failed in')])
  expect(fleet.report('killed')).toEqual(fleet.report('alone'))
  // Some of the items that the dead ones had were replayed again, and no others.
  expect(all(machines)).toBeGreaterThan(count)
  expect(all(machines)).toBeLessThanOrEqual(count + 8)
  for (const { child } of workers) child.kill('SIGTERM')
  expect(await Promise.all(workers.map(worker => worker.ended()))).toEqual([null, null, 0, 0])
}, 170_000)

test('chunks that are delivered again are not replayed again', async () => {
  const machine = fleet.machine()
  const worker = fleet.worker(machine, ['--concurrency', '20'])
  const replay = fleet.replay([...limit, '--out', 'again'], changed)
  let again = 0
  for (const least of [60, 150, 250]) {
    await untilBegan([machine], least)
    const { rowCount } = await runSql(
      fleet.connectionString,
      `UPDATE ${fleet.jobsSchema}.job SET state = 'retry' WHERE state = 'completed' AND name LIKE '%.chunks' RETURNING 1`,
    )
    again += rowCount ?? 0
  }
  expect(again).toBeGreaterThan(100)
  expect(await replay.ended()).toBe(1)
  expect(fleet.report('again')).toEqual(fleet.report('alone'))
  expect(all([machine])).toBe(count)
  worker.child.kill('SIGTERM')
  expect(await worker.ended()).toBe(0)
}, 170_000)

test('a worker that ends gives back what it has; another one replays it', async () => {
  const machines = [fleet.machine(), fleet.machine()]
  const [first, second] = machines.map(folder =>
    fleet.worker(folder, ['--concurrency', '10', '--finish', '1ms']),
  )
  const replay = fleet.replay([...limit, '--out', 'given-back'], changed)
  await untilBegan(machines, 150)
  first?.child.kill('SIGTERM')
  expect(await first?.ended()).toBe(0)
  expect(await replay.ended()).toBe(1)
  expect(fleet.report('given-back')).toEqual(fleet.report('alone'))
  second?.child.kill('SIGTERM')
  expect(await second?.ended()).toBe(0)
}, 170_000)
