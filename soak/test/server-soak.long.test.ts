import { expect, test } from 'vitest'
import { type ServerSoakOptions, soakServer } from '../src/server/server-soak.ts'

const small: ServerSoakOptions = {
  ...{ seconds: 120, processes: 4, tokens: 20, passes: 10_000, seed: 1, killEveryMs: 1000 },
  ...{ kills: 10, serverKills: 5 },
}

test('processes that race for the same runs leave one row per metric behind a server, while they and the server are killed and the network repeats requests and loses answers', async () => {
  const report = await soakServer(small)
  expect(report.violations).toEqual([])
  const numbers = Object.fromEntries(report.numbers)
  expect(numbers.rows).toBe(20 * 8)
  expect(numbers['server killed by SIGKILL']).toBeGreaterThanOrEqual(5)
  expect(numbers['requests sent twice by the network']).toBeGreaterThan(5)
  expect(numbers['answers lost by the network']).toBeGreaterThan(5)
}, 400_000)

test('the soak notices a sink that acknowledges before it writes', async () => {
  // No other process repeats what one process lost.
  const alone = { ...small, ...{ processes: 1, passes: 1, tokens: 200, kills: 3, serverKills: 0 } }
  const { violations } = await soakServer({ ...alone, fault: 'acknowledges-early' })
  expect(violations.join('\n')).toContain('acknowledged and lost')
}, 400_000)
