import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject } from './project.ts'

const usage = { input: 900, output: 100, total: 1000 }

function call(runId: string, nanoUsd?: number) {
  const value = { status: 'success', durationMs: 5, usage } as const
  const event = runEvent({ runId, metric: 'call:1', value, at: Date.now() - 1000 })
  const context = { kind: 'user', key: 'ann' }
  return { ...event, context, ...(nanoUsd !== undefined && { cost: { nanoUsd, priceList: 'test@1' } }) }
}

test('budgets are set, shown, checked and removed', async () => {
  const project = await newProject('empty')
  const store = sqliteStore(join(project.folder, 'runtape.db'), { worker: false })
  await store.append([call('run-1', 2_000_000_000)])
  const budget = async (...words: string[]) => {
    const { code, stdout, stderr } = await project.runtape(['budget', ...words])
    return `${code} ${stdout}${stderr}`
  }
  expect(await budget('list')).toContain('No budgets.')
  const set = await budget(
    'set',
    'ann',
    '--cost',
    '5',
    '--window',
    '24h',
    '--customer',
    'ann',
    '--warn',
    '80%',
  )
  expect(set).toMatch(/ann +ann +24h +\$5\.00 +\$2\.00 +40 %/)
  expect(await budget('check')).toBe('0 ')
  await store.append([call('run-2', 2_500_000_000)])
  expect(await budget('check')).toBe('0 ann has reached 80 %: $4.50 of $5.00 in the last 24h.\n')
  await store.append([call('run-3', 500_000_000), call('run-4')])
  expect(await budget('check')).toBe(
    '1 ann has reached its limit: $5.00 (1 without a price) of $5.00 in the last 24h.\n',
  )
  expect(await budget('check')).toBe('1 ')
  const json = JSON.parse((await project.runtape(['budget', 'check', '--json'])).stdout)
  expect(json).toMatchObject({ crossings: [], exceeded: [{ used: 5_000_000_000, unpricedRuns: 1 }] })
  expect(await budget('set', 'all', '--tokens', '5000', '--window', 'month')).toMatch(
    /all +all +month +5,000 tokens/,
  )
  // Known to have used half of it, at least.
  await budget('set', 'maybe', '--cost', '10', '--window', '24h', '--customer', 'ann')
  expect(await budget('list')).toMatch(/maybe .* \$5\.00 \(1 without a price\) +at least 50 %/)
  const maybe = 'maybe may be exceeded: $5.00 (1 without a price) of $10.00 in the last 24h.\n'
  await budget('remove', 'ann')
  expect(await budget('check')).toBe(`1 ${maybe}`)
  expect(await budget('remove', 'maybe')).toBe('0 maybe was removed.\n')
  expect(await budget('check')).toBe('0 ')
  await store.close()
})

test('mistakes are named', async () => {
  const project = await newProject('empty')
  await sqliteStore(join(project.folder, 'runtape.db'), { worker: false }).close()
  const refused = async (...words: string[]) => {
    const { code, stderr } = await project.runtape(['budget', ...words])
    return `${code} ${stderr}`
  }
  expect(await refused('set')).toContain('2 runtape: "budget set" needs one name')
  expect(await refused('set', 'a', '--runs', '5')).toContain('--window is missing')
  expect(await refused('set', 'a', '--window', '1h')).toContain('Pass one limit')
  expect(await refused('set', 'a', '--window', '1h', '--runs', '5', '--cost', '1')).toContain(
    'Pass one limit',
  )
  expect(await refused('set', 'a', '--window', 'year', '--runs', '5')).toContain(
    "Use '1h', '24h', '30d' or 'month'",
  )
  expect(await refused('set', 'a', '--window', '1h', '--cost', '0')).toContain('--cost must be dollars')
  expect(await refused('set', 'a', '--window', '1h', '--runs', '5', '--warn', '120%')).toContain(
    '--warn must be',
  )
  expect(await refused('remove', 'a')).toContain('There is no budget "a"')
  expect(await refused('raise', 'a')).toContain('There is no "budget raise"')
})
