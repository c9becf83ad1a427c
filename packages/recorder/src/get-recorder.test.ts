import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { getRecorder } from './get-recorder.ts'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** An application with a module `runtape.mjs` and two copies of the recorder. */
function application(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-reloaded-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const ours = join(folder, 'node_modules/@runtape')
  mkdirSync(ours, { recursive: true })
  symlinkSync(pathOf('..'), join(ours, 'recorder'))
  symlinkSync(pathOf('../../core'), join(ours, 'core'))
  symlinkSync(pathOf('../../store-sqlite'), join(ours, 'store-sqlite'))
  cpSync(pathOf('../dist'), join(folder, 'second-copy'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const moduleOf = (recorder: string) => `
    import { getRecorder } from '${recorder}'
    import { sqliteStore } from '@runtape/store-sqlite'
    export const recorder = getRecorder('app', () => ({ store: sqliteStore('runtape.db', { lazy: true }) }))`
  writeFileSync(join(folder, 'runtape.mjs'), moduleOf('@runtape/recorder'))
  writeFileSync(join(folder, 'other-bundle.mjs'), moduleOf('./second-copy/index.js'))
  return folder
}

/** Evaluates the module again and again, as a hot reload does, and says what the process holds. */
const reloads = `
  import { existsSync, readdirSync, readlinkSync } from 'node:fs'
  const event = n => ({ ...EVENT, runId: 'run-' + n })
  const held = () => ({
    files: existsSync('/proc/self/fd')
      ? readdirSync('/proc/self/fd').filter(fd => { try { return readlinkSync('/proc/self/fd/' + fd).endsWith('runtape.db') } catch {} }).length
      : 1,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  })
  await import('./runtape.mjs?first')
  const before = existsSync('runtape.db')
  const recorders = new Set()
  const seen = []
  for (let n = 0; n < 50; n++) {
    const { recorder } = await import((n % 2 ? './other-bundle.mjs?' : './runtape.mjs?') + n)
    recorders.add(recorder)
    recorder.append(event(n))
    if (n === 0 || n === 49) seen.push(held())
  }
  console.log(JSON.stringify({ before, recorders: recorders.size, seen }))`

describe('a module that is evaluated 50 times, in two bundles', () => {
  test('has one recorder and one connection, opened by the first record, and keeps all records', async () => {
    const folder = application()
    const code = reloads.replace('EVENT', JSON.stringify(runEvent()))
    const args = ['--input-type=module', '--eval', code]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder })
    const { before, recorders, seen } = JSON.parse(stdout)
    expect({ before, recorders, stderr }).toEqual({ before: false, recorders: 1, stderr: '' })
    expect(seen[1]).toEqual(seen[0])
    expect(seen[0].files).toBe(1)
    const store = sqliteStore(join(folder, 'runtape.db'))
    expect((await store.runs.list({ limit: 100 })).items).toHaveLength(50)
    await store.close()
  })
})

describe('getRecorder', () => {
  test('returns the same recorder for a name, and calls the options once', () => {
    let calls = 0
    const options = () => {
      calls++
      return { store: memoryStore() }
    }
    const recorder = getRecorder('same', options)
    expect(getRecorder('same', options)).toBe(recorder)
    expect(getRecorder('other', options)).not.toBe(recorder)
    expect(calls).toBe(2)
  })

  test('makes another one after the first was closed', async () => {
    const first = getRecorder('closed', () => ({ store: memoryStore() }))
    await first.close()
    const second = getRecorder('closed', () => ({ store: memoryStore() }))
    expect(second).not.toBe(first)
    expect(second.append(runEvent())).toBe(true)
  })

  test('tries again after options that failed', () => {
    const failing = () => {
      throw new Error('no database')
    }
    expect(() => getRecorder('failing', failing)).toThrow('no database')
    expect(getRecorder('failing', () => ({ store: memoryStore() })).append(runEvent())).toBe(true)
  })

  test.each([
    ['without a name', ['', () => ({ store: memoryStore() })], /needs a name/],
    ['with the options alone', [() => ({ store: memoryStore() })], /needs a name/],
    ['with options that are no function', ['app', { store: memoryStore() }], /needs a function/],
    ['without a store', ['app', () => ({})], /getRecorder/],
    ['with a promise of options', ['app', async () => ({ store: memoryStore() })], /getRecorder/],
  ])('is refused %s', (_, given, message) => {
    const call = getRecorder as (...given: unknown[]) => unknown
    expect(() => call(...given)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) }),
    )
  })

  test('keeps events in memory while a lazy file cannot be opened, and writes them then', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-lazy-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'runtape.db')
    mkdirSync(path)
    const warnings: string[] = []
    const recorder = getRecorder('unusable', () => ({
      store: sqliteStore(path, { lazy: true, busyTimeoutMs: 50 }),
      retryBaseMs: 1,
      logger: { warn: message => void warnings.push(message) },
    }))
    expect(recorder.append(runEvent())).toBe(false)
    expect(recorder.diagnostics()).toMatchObject({ queued: { runEvents: 1 } })
    expect(warnings[0]).toContain(path)
    rmSync(path, { recursive: true })
    await recorder.close()
    expect(readFileSync(path, 'latin1')).toContain('SQLite format 3')
    expect(recorder.diagnostics()).toMatchObject({ queued: { runEvents: 0 }, accepted: 1 })
  })
})
