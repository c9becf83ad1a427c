import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqliteStore } from '@runtape/store-sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outputOf } from '../../test/tape.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-trace-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const flags = ['--expose-gc', '--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const script = (name: string) => fileURLToPath(new URL(`../../test/${name}`, import.meta.url))

/** Runs a process that ends in this way, and reads its spans. */
async function tapeAfter(ending: string) {
  const file = join(folder, 'tape.db')
  const child = spawn(process.execPath, [...flags, script('unfinished.ts'), file, ending], {
    stdio: 'ignore',
  })
  const [code, signal] = await once(child, 'exit')
  const store = sqliteStore(file)
  const { items } = await store.traces.list()
  const trace = await store.traces.get(items[0]?.traceId ?? '')
  await store.close()
  return { how: code ?? signal, roots: items.length, spans: trace?.spans ?? [] }
}

test.each([
  ['by itself', 'return', 0],
  ['by process.exit', 'exit', 3],
  ['by an uncaught error', 'throw', 1],
  ['by a signal', 'kill', 'SIGTERM'],
])('a process that ends %s records its open calls as unfinished', async (_how, ending, code) => {
  const { how, roots, spans } = await tapeAfter(ending)
  expect([how, roots]).toEqual([code, 1])
  const bySeq = spans.map(({ key, status, resultKind }) => `${key} ${status} ${resultKind}`)
  const failed = ending === 'throw' && 'error'
  expect(bySeq).toEqual([
    failed ? 'root error promise' : 'root unfinished promise',
    'never unfinished promise',
    // The stub of a dropped call.
    'secret unfinished value',
    'stream unfinished async-generator',
    'readable unfinished node-stream',
    'done ok promise',
    { exit: 'stop unfinished value', throw: 'stop error value' }[ending] ?? 'stop ok value',
    ...(ending === 'return' || ending === 'kill' ? ['never unfinished promise'] : []),
  ])
  expect(spans.map(span => span.tags ?? [])).toContainEqual(['early'])
  const stream = spans.find(span => span.key === 'stream')
  expect(stream && outputOf(stream)).toEqual({ chunks: [1, 2], returned: undefined })
})

test('an unreachable call is reported as unfinished once it has been garbage-collected', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    script('collected-unfinished.ts'),
  ])
  const [running, exit] = stdout.split('\n')
  expect(JSON.parse(running ?? '')).toEqual([
    { key: 'lost', status: 'unfinished', resultKind: 'promise', tags: ['early'], isLong: true },
    { key: 'slow', status: 'ok', resultKind: 'promise', isLong: true },
  ])
  expect(exit).toBe('[{"key":"open","status":"unfinished","resultKind":"promise","isLong":true}]')
})

test('an open call takes about a kilobyte of memory, and 200,000 of them can end', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script('open-spans-memory.ts')])
  const { bytesPerRoot, bytesPerChild, ended } = JSON.parse(stdout)
  expect(ended).toBe(200_001)
  expect(bytesPerRoot).toBeLessThan(1100)
  expect(bytesPerChild).toBeLessThan(1024)
  expect(bytesPerChild).toBeGreaterThan(100)
})
