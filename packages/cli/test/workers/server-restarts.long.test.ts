import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startEmbedded } from '../../../store-postgres/test/embedded.mjs'
import { newFleet } from './fleet.ts'

const count = 300
const changed = { CHANGED: 'yes' }

test('the server is killed and restarted in the middle: nothing is lost, nothing fails', async () => {
  const server = await startEmbedded()
  const fleet = await newFleet(count, { waitMs: 50, server: Promise.resolve(server.connectionString) })
  try {
    const limit = ['--limit', String(count)]
    const alone = ['replay', './desk.ts#answer', ...fleet.flags.slice(0, 2), ...limit, '--reporter', 'json']
    const first = fleet.start([...alone, '--out', 'alone'], fleet.project.folder, changed)
    expect(await first.ended()).toBe(1)
    const machines = [fleet.machine(), fleet.machine()]
    const workers = machines.map(folder => fleet.worker(folder, ['--concurrency', '4']))
    const words = [
      ...limit,
      '--env',
      'CHANGED',
      '--timing',
      'recorded',
      '--lease',
      '10s',
      '--out',
      'restarted',
    ]
    const replay = fleet.replay(words, changed)
    for (const least of [60, 160]) {
      const began = () => machines.map(fleet.began).reduce((sum, one) => sum + one)
      await expect.poll(began, { timeout: 60_000, interval: 20 }).toBeGreaterThan(least)
      await server.kill()
      await sleep(1500)
      await server.restart()
    }
    expect([await replay.ended(), replay.said()]).toEqual([1, expect.not.stringContaining('refuses')])
    expect(fleet.report('restarted')).toEqual(fleet.report('alone'))
    for (const { child } of workers) child.kill('SIGTERM')
    expect(await Promise.all(workers.map(worker => worker.ended()))).toEqual([0, 0])
  } finally {
    await fleet.remove()
    await server.remove()
  }
}, 240_000)
