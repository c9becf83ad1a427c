import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, newFleet } from './fleet.ts'

const count = 1000
let fleet: Fleet
beforeAll(async () => {
  fleet = await newFleet(count, { waitMs: 5, slowMs: 14_000 })
}, 180_000)
afterAll(() => fleet.remove())

test('1,000 traces at two workers, some longer than the lease: each runs once, and the report is that of one process', async () => {
  const limit = ['--limit', String(count), '--reporter', 'json']
  const alone = ['replay', './desk.ts#answer', ...fleet.flags.slice(0, 2), ...limit, '--out', 'alone']
  expect(await fleet.start(alone).ended()).toBe(0)
  const machines = [fleet.machine(), fleet.machine()]
  const workers = machines.map(folder => fleet.worker(folder))
  const replay = fleet.replay([...limit, '--timing', 'recorded', '--lease', '10s', '--out', 'together'])
  expect(await replay.ended()).toBe(0)
  expect(fleet.report('together')).toEqual(fleet.report('alone'))
  expect(machines.map(fleet.began).reduce((sum, one) => sum + one)).toBe(count)
  for (const { child } of workers) child.kill('SIGTERM')
  expect(await Promise.all(workers.map(worker => worker.ended()))).toEqual([0, 0])
}, 300_000)
