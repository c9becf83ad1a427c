import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { testRunReport } from '../src/index.ts'

const child = fileURLToPath(new URL('killed-replay.ts', import.meta.url))
const flags = process.features.typescript ? [] : ['--experimental-strip-types', '--no-warnings']
const run = (file: string, mode: string) =>
  spawnSync(process.execPath, [...flags, child, file, mode], { encoding: 'utf8' })

test('a replay that was killed leaves the items that had resolved, and joining it again adds only the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'runtape.db')
  expect(run(file, 'record').status).toBe(0)
  expect(run(file, 'kill').signal).toBe('SIGKILL')
  const store = sqliteStore(file)
  const killed = await store.testRuns.get('killed')
  expect(killed).toMatchObject({ status: 'running', items: { recorded: 4, same: 4 } })
  expect(killed?.sourceTraceIds).toHaveLength(10)
  const first = (await store.testRuns.items('killed')).items
  const early = await testRunReport(store, 'killed')
  expect(early).toMatchObject({
    status: 'interrupted',
    summary: { total: 10, same: 4, notRun: 6, pass: false },
  })
  const again = run(file, 'again')
  expect(again.stdout).toMatch(/^4 items of test run killed were in the store with another result/)
  expect(again.stdout).toContain('10 items')
  const all = (await store.testRuns.items('killed')).items
  expect(all).toHaveLength(10)
  expect(all.slice(0, 4)).toEqual(first)
  expect(await store.testRuns.get('killed')).toMatchObject({
    status: 'completed',
    items: { recorded: 10 },
    summary: { total: 10, same: 10, notRun: 0, pass: true },
  })
  expect((await testRunReport(store, 'killed')).summary).toMatchObject({ total: 10, pass: true })
  await store.close()
})
