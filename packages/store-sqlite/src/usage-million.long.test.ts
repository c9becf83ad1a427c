import { DatabaseSync } from 'node:sqlite'
import { testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from './sqlite-store.ts'

test('a million costs are summed exactly, in every grouping', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  // Uneven amounts. Floating-point dollars would lose billionths.
  database.exec(`
    INSERT INTO run_events (run_id, metric, at, config_key, variation_key, version, model_name, provider_name,
      input_tokens, output_tokens, total_tokens, cost_nano_usd, price_list, value_json)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 999999)
    SELECT 'run-' || (n / 10), 'call:' || (n % 10), ${testTime} + n * 100, 'config-' || (n / 10 % 7), '', 1, 'm', 'p',
      1, 0, 1, 8999000001 + n * 7 % 999983, 'test@1', '{}' FROM numbers`)
  let expected = 0n
  for (let n = 0n; n < 1_000_000n; n++) expected += 8_999_000_001n + ((n * 7n) % 999_983n)
  expect((await store.runs.usage())[0]?.cost).toEqual({ nanoUsd: Number(expected), unpricedRuns: 0 })
  const rows = await store.runs.usage({ groupBy: ['config', 'hour'] })
  expect(rows.length).toBeGreaterThan(7)
  expect(rows.reduce((sum, row) => sum + BigInt(row.cost?.nanoUsd ?? 0), 0n)).toBe(expected)
  await store.close()
}, 300_000)
