import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { realDelay } from '@runtape/core/internal'
import { runEvent } from '@runtape/testing'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { inWorker } from '../../test/in-worker.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const app = fileURLToPath(new URL('../../test/bundled-app.mjs', import.meta.url))

/** Runs a program that must end by itself, and returns its output. */
async function run(...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

describe('the worker', () => {
  test.each(['esm', 'cjs'] as const)('is included in the bundle of an application (%s)', async format => {
    const directory = scratchDirectory()
    const outfile = join(directory, format === 'esm' ? 'app.mjs' : 'app.cjs')
    await build({
      entryPoints: [app],
      bundle: true,
      minify: true,
      platform: 'node',
      format,
      outfile,
      logLevel: 'error',
    })
    expect(await run(outfile, join(directory, 'runtape.db'))).toMatchObject({
      background: 'worker',
      runs: 1,
      notes: [],
    })
  })

  test('runs in an application that is itself a worker, and keeps no process alive', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const nested = `new (require('node:worker_threads').Worker)(${JSON.stringify(app)}, { argv: [${JSON.stringify(path)}] })`
    expect(await run('-e', nested)).toMatchObject({ background: 'worker', runs: 1, notes: [] })
  })

  test('preloads none of the modules of the application', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const preload =
      'import { isMainThread } from "node:worker_threads"; if (!isMainThread) throw new Error("preloaded")'
    const answer = await run('--import', `data:text/javascript,${preload}`, app, path)
    expect(answer).toMatchObject({ background: 'worker', runs: 1, notes: [] })
  })

  test('is optional: if none can be started, the thread does its work and reports why', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const answer = await run('--permission', '--allow-fs-read=*', '--allow-fs-write=*', app, path)
    expect(answer).toMatchObject({ background: 'thread', runs: 1 })
    expect(answer).toMatchObject({ notes: [expect.stringContaining('no worker can be started')] })
  })

  test('starts with the second batch or read, unless it is disabled', async () => {
    const directory = scratchDirectory()
    const store = sqliteStore(join(directory, 'runtape.db'))
    await store.append([runEvent()])
    await realDelay(300)
    expect(store.diagnostics()).toEqual({
      notes: [],
      background: 'thread',
      backgroundReason: 'too little has been written and read yet',
    })
    await store.runs.list()
    await inWorker(store)
    expect(await store.runs.list()).toMatchObject({ items: [{}] })
    await store.close()
    const without = sqliteStore(join(directory, 'runtape.db'), { worker: false })
    await without.runs.list()
    await without.runs.list()
    await realDelay(300)
    expect(without.diagnostics()).toMatchObject({ background: 'thread' })
    await without.close()
    const refused = () => sqliteStore(':memory:', { worker: 'yes' as never })
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  test('is not started for a store in memory or on a handle', async () => {
    const handle = new DatabaseSync(join(scratchDirectory(), 'runtape.db'))
    for (const target of [':memory:', handle]) {
      const store = sqliteStore(target, { worker: true })
      expect(store.diagnostics().backgroundReason).toContain('in memory, or uses a handle')
      expect(await store.runs.list()).toEqual({ items: [] })
      await store.close()
    }
  })
})
