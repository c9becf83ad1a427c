import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape } from './tape.ts'

const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const child = fileURLToPath(new URL('interrupted-replay.ts', import.meta.url))

function run(
  file: string,
  mode: string,
): Promise<{ signal: string | null; code: number | null; out: string }> {
  return new Promise(resolve => {
    const running = spawn(process.execPath, [...flags, child, file, mode])
    const replays = mode === 'two' ? 2 : 1
    let out = ''
    let isInterrupted = false
    running.stdout.on('data', data => {
      out += data
      // Only once: a second interrupt ends the process at once.
      if (isInterrupted || out.split('started').length <= replays) return
      isInterrupted = running.kill('SIGINT')
    })
    running.on('close', (code, signal) => resolve({ signal, code, out }))
  })
}

test('Ctrl-C completes the test run as interrupted, and then ends the process as it would have', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runtape-sigint-')), 'runtape.db')
  expect(await run(file, 'alone')).toMatchObject({ signal: 'SIGINT', code: null })
  const store = sqliteStore(file)
  expect((await store.testRuns.list()).items).toMatchObject([{ status: 'interrupted' }])
  await store.close()
})

test('Ctrl-C completes all test runs before it ends the process', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runtape-sigint-')), 'runtape.db')
  expect(await run(file, 'two')).toMatchObject({ signal: 'SIGINT', code: null })
  const store = sqliteStore(file)
  const { items } = await store.testRuns.list()
  expect(items.map(({ status }) => status)).toEqual(['interrupted', 'interrupted'])
  await store.close()
})

test('Ctrl-C while a test run is being started waits, and the run is completed as interrupted', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runtape-sigint-')), 'runtape.db')
  expect(await run(file, 'starting')).toMatchObject({ signal: 'SIGINT', code: null })
  const store = sqliteStore(file)
  expect((await store.testRuns.list()).items).toMatchObject([{ status: 'interrupted' }])
  await store.close()
})

test('many concurrent replays listen for Ctrl-C once', async () => {
  const { tracer, store, recorder } = newTape()
  const fn = tracer.traced('fn', async () => process.listenerCount('SIGINT'))
  await fn()
  await recorder.flush()
  const before = process.listenerCount('SIGINT')
  const reports = await Promise.all(Array.from({ length: 15 }, () => replay(fn, { store })))
  expect(new Set(reports.map(({ items }) => items[0]?.result))).toEqual(new Set([before + 1]))
  expect(process.listenerCount('SIGINT')).toBe(before)
})

test('an application that listens for Ctrl-C itself continues with the report', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runtape-sigint-')), 'runtape.db')
  const ended = await run(file, 'listens')
  expect(ended).toMatchObject({ signal: null, code: 0 })
  expect(ended.out).toContain('interrupted 1 failed, 2 not run')
})
