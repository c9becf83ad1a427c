import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const script = new URL('../test/children/ends.ts', import.meta.url).pathname
const workerScript = new URL('../test/children/worker-ends.ts', import.meta.url).pathname
const remoteScript = new URL('../test/children/ends-remote.ts', import.meta.url).pathname

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-recorder-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a process that ends', () => {
  test.each([
    ['by itself', 'return', 0],
    ['by process.exit', 'exit', 3],
    ['with a span that no store can keep', 'invalid', 3],
    ['by an uncaught error', 'throw', 1],
    ['by an unhandled rejection', 'reject', 1],
  ])('%s leaves its run events and its spans in the store', async (_how, ending, code) => {
    const child = start(ending)
    expect(await ended(child)).toEqual({ code, signal: null })
    expect(await stored()).toEqual({ runEvents: 1, spans: 3 })
  })

  test.each([
    ['leaves everything in the store and still dies by the signal', 'sigterm'],
    ['dies by the signal even if another listener only acts when it is alone', 'polite-listener'],
    ['dies by the signal even with two copies of this package', 'second-copy'],
  ])('by SIGTERM %s', async (_how, ending) => {
    const child = start(ending)
    await ready(child)
    child.kill('SIGTERM')
    expect(await ended(child)).toEqual({ code: null, signal: 'SIGTERM' })
    expect(await stored()).toEqual({ runEvents: 1, spans: 3 })
  })

  test('by its own SIGTERM listener ends as that listener decides', async () => {
    const child = start('own-listener')
    await ready(child)
    child.kill('SIGTERM')
    expect(await ended(child)).toEqual({ code: 7, signal: null })
    expect(await stored()).toEqual({ runEvents: 1, spans: 3 })
  })

  test('by SIGKILL leaves its run events in the store; its spans were still in memory', async () => {
    const child = start('sigkill')
    expect(await ended(child)).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await stored()).toEqual({ runEvents: 1, spans: 0 })
  })
})

describe('a process with a remote store that ends', () => {
  test.each([
    ['by itself', 'return', { code: 0, signal: null }],
    ['by SIGTERM', 'sigterm', { code: null, signal: 'SIGTERM' }],
  ])('%s has sent everything', async (_how, ending, end) => {
    const child = startRemote(ending)
    if (end.signal) {
      await ready(child)
      child.kill('SIGTERM')
    }
    expect(await ended(child)).toEqual(end)
    expect(await stored()).toEqual({ runEvents: 1, spans: 1 })
  })

  test.each([
    ['by process.exit', 'exit', 3],
    ['by an uncaught error', 'throw', 1],
  ])(
    '%s leaves its run events in the outbox, because nothing can be sent any more',
    async (_how, ending, code) => {
      const path = join(folder, 'outbox.db')
      expect(await ended(startRemote(ending, path))).toEqual({ code, signal: null })
      expect(await stored()).toEqual({ runEvents: 0, spans: 0 })
      const outbox = sqliteOutbox(path)
      expect(outbox.size()).toBe(1)
      outbox.close()
    },
  )
})

describe('a worker thread', () => {
  test.each([
    ['main calls process.exit', 'exit'],
    ['main has an uncaught error', 'throw'],
    ['main terminates it', 'terminate'],
    ['the process is killed', 'sigkill'],
  ])('has all its recorded spans in the store when %s', async (_how, ending) => {
    const child = startChild(workerScript, join(folder, 'tape.db'), ending)
    let told = ''
    child.stdout?.on('data', chunk => (told += String(chunk)))
    await once(child, 'close')
    expect(Number(told)).toBeGreaterThanOrEqual(100)
    const store = sqliteStore(join(folder, 'tape.db'))
    const { items } = await store.traces.list({ limit: 100_000 })
    await store.close()
    expect(items.length).toBeGreaterThanOrEqual(Number(told))
  })
})

const start = (ending: string) => startChild(script, join(folder, 'tape.db'), ending)
const startRemote = (ending: string, outbox = '') =>
  startChild(remoteScript, join(folder, 'tape.db'), ending, outbox)

function startChild(...args: string[]): ChildProcess {
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
}

const ready = (child: ChildProcess) => once(child.stdout as NonNullable<typeof child.stdout>, 'data')

async function ended(child: ChildProcess) {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return { code, signal }
}

async function stored() {
  const store = sqliteStore(join(folder, 'tape.db'))
  const { items } = await store.runs.list()
  const traces = await store.traces.list()
  const trace = traces.items[0] && (await store.traces.get(traces.items[0].traceId))
  await store.close()
  return { runEvents: items.flatMap(run => run.events).length, spans: trace?.spans.length ?? 0 }
}
