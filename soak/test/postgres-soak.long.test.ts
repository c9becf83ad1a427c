import { expect, test } from 'vitest'
import { type PostgresSoakOptions, soakPostgres } from '../src/postgres/postgres-soak.ts'

const small: PostgresSoakOptions = {
  ...{ seconds: 90, processes: 4, tokens: 20, passes: 10_000, seed: 1, killEveryMs: 1000 },
  ...{ kills: 10, serverKills: 3 },
}

test('processes that race for the same runs leave one row per metric in Postgres, while they and the server are killed', async () => {
  const report = await soakPostgres(small)
  expect(report.violations).toEqual([])
  const numbers = Object.fromEntries(report.numbers)
  expect(numbers.rows).toBe(20 * 8)
  expect(numbers['server killed by SIGKILL']).toBeGreaterThanOrEqual(3)
}, 400_000)

test('the soak notices a sink that acknowledges before it writes', async () => {
  // No other process repeats what one process lost.
  const alone = {
    ...small,
    processes: 1,
    passes: 1,
    tokens: 200,
    kills: 3,
    serverKills: 0,
    fault: 'acknowledges-early',
  }
  const { violations } = await soakPostgres(alone as PostgresSoakOptions)
  expect(violations.join('\n')).toContain('acknowledged and lost')
}, 400_000)
