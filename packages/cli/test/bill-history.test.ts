import { join } from 'node:path'
import type { RunEvent } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

const usage = { input: 1_000_000, output: 0, total: 1_000_000 }
const tokens = { metric: 'tokens', value: usage, providerName: 'openai', modelName: 'gpt-4o' } as const

async function projectWith(events: readonly RunEvent[]): Promise<{ project: Project; path: string }> {
  const project = await newProject('empty')
  const path = join(project.folder, 'runtape.db')
  const store = sqliteStore(path)
  await store.append(events)
  await store.close()
  return { project, path }
}

const usageOf = async (project: Project, ...words: string[]) =>
  JSON.parse((await project.runtape(['usage', ...words, '--json'])).stdout).rows as Record<string, unknown>[]

test('reprice prices unpriced runs, and earlier invoices stay the same', async () => {
  const cost = { nanoUsd: 5, priceList: 'ours@1' }
  const { project, path } = await projectWith([
    runEvent({ ...tokens }),
    runEvent({ ...tokens, cost }),
    runEvent({ ...tokens, modelName: 'house-model' }),
    runEvent(),
  ])
  const store = sqliteStore(path)
  const asOf = await store.revision()
  await store.close()

  const dry = await project.runtape(['reprice', '--since', '2026-01-01', '--dry-run'])
  expect(dry.stdout).toMatch(
    /^1 run would be priced by genai-prices@.*\n1 run still without a price:\n.*house-model: 1 run/,
  )
  expect((await usageOf(project))[0]?.cost).toEqual({ nanoUsd: 5, unpricedRuns: 2 })

  expect((await project.runtape(['reprice', '--until', '2026-01-01'])).stdout).toBe(
    'Every run with known usage has a price.\n',
  )
  expect((await project.runtape(['reprice'])).stdout).toMatch(/^1 run priced by genai-prices@/)
  expect((await project.runtape(['reprice'])).stdout).toMatch(/^0 runs priced by/)
  expect((await usageOf(project))[0]?.cost).toEqual({ nanoUsd: 2_500_000_005, unpricedRuns: 1 })
  expect((await usageOf(project, '--as-of', asOf))[0]?.cost).toEqual({ nanoUsd: 5, unpricedRuns: 2 })
  expect((await usageOf(project, '--as-of', asOf, '--adjustments'))[0]?.cost).toEqual({
    nanoUsd: 2_500_000_000,
    unpricedRuns: -1,
  })
  const { stdout } = await project.runtape(['usage', '--as-of', asOf, '--adjustments', '--by', 'month'])
  expect(stdout).toMatch(/\n2026-01 +0 .*\$2\.50 \(1 fewer without a price\)/)
})

test('days start in the given time zone, and invalid zones and times are refused', async () => {
  const { project } = await projectWith([runEvent({ at: testTime + 11.5 * 3_600_000 })])
  const days = (await usageOf(project, '--by', 'day', '--time-zone', 'Europe/Berlin')).map(
    ({ group }) => group,
  )
  expect(days).toEqual([{ day: '2026-01-02' }])
  for (const [words, message] of [
    [['--time-zone', 'Berlin'], 'timeZone must be a time zone'],
    [['--as-of', 'yesterday'], '--as-of is not a time'],
    [['--as-of', 'r99.0'], 'is not a revision of the store'],
    [['--adjustments'], '--adjustments needs --as-of'],
  ] as const) {
    const { code, stderr } = await project.runtape(['usage', ...words])
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  }
  const nothing = await project.runtape(['usage', '--as-of', new Date().toISOString(), '--adjustments'])
  expect(nothing.stdout).toBe('Nothing was added to the bill since then.\n')
})
