import { setTimeout as sleep } from 'node:timers/promises'
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
  await sleep(0)
})
