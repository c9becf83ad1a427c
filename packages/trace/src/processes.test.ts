import { AsyncResource } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { EventEmitter, EventEmitterAsyncResource, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tape } from '../test/tape.ts'
import { extractTrace, injectTrace } from './propagation/propagation.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-trace-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const execArgv = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const script = fileURLToPath(new URL('../test/far-child.ts', import.meta.url))

test('calls in a child process and a worker thread are children of the call that started them', async () => {
  const file = join(folder, 'tape.db')
  const store = sqliteStore(file)
  const recorder = createRecorder({ store })
  const { traced } = tape({ sink: recorder })

  const inProcess = traced('spawn', async (name: string) => {
    const env = { ...process.env, ...injectTrace() }
    const { stdout } = await promisify(execFile)(process.execPath, [...execArgv, script, file, name], { env })
    return Number(stdout)
  })
  const inWorker = traced('thread', async (name: string) => {
    const worker = new Worker(script, { execArgv, workerData: { file, name, headers: injectTrace() } })
    // Listen for both at once: a thread that ends right after its message may emit both in one turn.
    const [[result]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
    return result
  })
  const root = traced('root', () => Promise.all([inProcess('a process'), inWorker('a thread')]))

  expect(await root()).toEqual([9, 8])
  await recorder.close()
  const { items } = await store.traces.list()
  expect(items.map(item => item.key)).toEqual(['root'])
  const trace = await store.traces.get(items[0]?.traceId ?? '')
  await store.close()
  const keys = new Map(trace?.spans.map(span => [span.spanId, span.key]))
  expect(trace?.spans.map(span => [span.key, keys.get(span.parentSpanId ?? '')])).toEqual([
    ['root', undefined],
    ['spawn', 'root'],
    ['in a process', 'spawn'],
    ['leaf', 'in a process'],
    ['thread', 'root'],
    ['in a thread', 'thread'],
    ['leaf', 'in a thread'],
  ])
})

test('calls in an HTTP server are children of the call that made the request', async () => {
  const { traced, of } = tape()
  const handle = traced('handle', async (url: string | undefined) => url ?? '')
  const server = createServer((request, response) => {
    void extractTrace(request.headers, async () => response.end(await handle(request.url)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const ask = traced('ask', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/orders`, { headers: { ...injectTrace() } })
    return response.text()
  })
  try {
    expect(await ask()).toBe('/orders')
    expect(of('handle')).toMatchObject({ traceId: of('ask').traceId, parentSpanId: of('ask').spanId })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('calls nest through timers, sockets and bound emitters', async () => {
  const { traced, spans, of } = tape()
  const leaf = traced('leaf', (_way: string) => 1)
  const server = createTcpServer(socket => socket.end('x'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const emitter = new EventEmitter()
  const bound: EventEmitterAsyncResource[] = []
  await traced('root', async () => {
    bound.push(new EventEmitterAsyncResource({ name: 'Bound' }))
    bound[0]?.on('event', () => leaf('resource'))
    emitter.on(
      'event',
      AsyncResource.bind(() => leaf('bound')),
    )
    emitter.on('event', () => leaf('unbound'))
    await new Promise(resolve => setTimeout(resolve, 1))
    leaf('timer')
    await new Promise<void>(resolve =>
      setImmediate(() => queueMicrotask(() => resolve(void leaf('immediate')))),
    )
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('data', () => leaf('socket'))
    await once(socket, 'close')
  })()
  server.close()
  emitter.emit('event')
  bound[0]?.emit('event')
  const under = spans.filter(span => span.parentSpanId === of('root').spanId)
  expect(under.map(span => JSON.parse(span.input.json)[0])).toEqual([
    'timer',
    'immediate',
    'socket',
    'bound',
    'resource',
  ])
  expect(spans.filter(span => span.parentSpanId === undefined).map(span => span.key)).toEqual([
    'root',
    'leaf',
  ])
})
