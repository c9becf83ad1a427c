// LaunchDarkly's real client on a bad network: a proxy in front of the real server refuses, loses answers, and is slow.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { init, integrations, type LDClient, type LDOptions } from '@launchdarkly/node-server-sdk'
import { launchDarklySink } from '@runtape/client'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'
import { afterEach, expect, test } from 'vitest'
import { startServer, type TestServer } from '../serve.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const ann = { kind: 'user', key: 'ann' }
const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function clientOf(url: string, key: string, more: LDOptions = {}): Promise<LDClient> {
  const flags = new integrations.TestData()
  const options = {
    updateProcessor: flags.getFactory(),
    eventsUri: url,
    flushInterval: 3600,
    diagnosticOptOut: true,
    logger: silent,
  }
  const client = init(key, { ...options, ...more })
  await client.waitForInitialization({ timeout: 10 })
  ends.push(() => client.close())
  return client
}

const trackerOf = (client: LDClient) =>
  createTracker({ sink: launchDarklySink(client), configKey: 'support', context: ann })

/** What a proxy does with a request: refuse it, or pass it on and lose the answer. */
type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'lost'

/** Passes requests on, but for the first ones, which `answers` has. */
async function proxyTo(server: TestServer, answers: readonly Answer[]) {
  const left = [...answers]
  const seen: IncomingHttpHeaders[] = []
  const proxy = createServer(async (request, response: ServerResponse) => {
    seen.push(request.headers)
    const body = await buffer(request)
    const answer = left.shift()
    if (answer && answer !== 'lost') return response.writeHead(answer.status, answer.headers).end()
    const {
      host: _,
      connection: __,
      'content-length': ___,
      'transfer-encoding': ____,
      ...headers
    } = request.headers
    const passed = await fetch(server.url + request.url, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    })
    if (answer === 'lost') return response.destroy()
    response.writeHead(passed.status, { date: passed.headers.get('date') ?? '' }).end()
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  ends.push(
    () => proxy.closeAllConnections(),
    () => proxy.close(),
  )
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen }
}

async function setUp(answers: readonly Answer[], more: LDOptions = {}) {
  const store = memoryStore()
  const server = await startServer(store)
  ends.push(server.close)
  const { url, seen } = await proxyTo(server, answers)
  return { store, seen, client: await clientOf(url, server.key, more) }
}

const sent = (seen: readonly IncomingHttpHeaders[]) =>
  seen.map(headers => headers['x-launchdarkly-payload-id']).filter(Boolean)

test.each<[string, Answer]>([
  ['503', { status: 503 }],
  ['429', { status: 429, headers: { 'retry-after': '1' } }],
  ['408', { status: 408 }],
  ['no answer, after it was kept', 'lost'],
])('%s: the client sends the batch again, and nothing counts twice', async (_, answer) => {
  const { store, seen, client } = await setUp([answer])
  const tracker = trackerOf(client)
  tracker.trackTokens({ input: 812, output: 164, total: 976 })
  tracker.trackToolCall({ name: 'search' })
  tracker.trackSuccess()
  await client.flush()
  expect(new Set(sent(seen)).size).toBe(1)
  expect(sent(seen)).toHaveLength(2)
  expect((await store.runs.usage())[0]).toMatchObject({ runs: 1, succeeded: 1, tokens: { total: 976 } })
  expect((await store.runs.get(tracker.runId))?.events).toHaveLength(3)
  expect((await store.health.get()).counts).toEqual([])
})

test('413: that batch is lost, and the next one is not', async () => {
  const { store, client } = await setUp([{ status: 413 }])
  trackerOf(client).trackSuccess()
  await client.flush()
  trackerOf(client).trackSuccess()
  await client.flush()
  expect((await store.runs.usage())[0]?.runs).toBe(1)
})

test('compressed events are read', async () => {
  const { store, seen, client } = await setUp([], { enableEventCompression: true })
  trackerOf(client).trackSuccess()
  await client.flush()
  expect(seen[0]?.['content-encoding']).toBe('gzip')
  expect((await store.runs.usage())[0]?.runs).toBe(1)
})

test.each(['/mobile', '/mobile/events/bulk', '/events/bulk/env-1', '/a/env-1.gif'])(
  'the address of client-side SDKs %s is refused',
  async path => {
    const server = await startServer(memoryStore())
    ends.push(server.close)
    const response = await fetch(server.url + path, { method: 'POST', body: '[]' })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining('/v1/openapi.json') },
    })
  },
)

const command = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url))

/** `runtape serve` in a process of its own. */
async function serveIn(cwd: string, port = '0'): Promise<{ child: ChildProcess; url: string; key: string }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', command, 'serve', '--port', port],
    {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  ends.push(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const url = String((await lines.next()).value).replace('Listening on ', '')
  // A new key is printed with the first start.
  const key =
    port === '0'
      ? (String((await lines.next()).value)
          .split(': ')
          .at(-1) ?? '')
      : ''
  return { child, url, key }
}

test('a server that is killed has what it answered for, and the client goes on with the next one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-launchdarkly-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const first = await serveIn(folder)
  const client = await clientOf(first.url, first.key)
  const [before, after] = [trackerOf(client), trackerOf(client)]
  before.trackSuccess()
  await client.flush()
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  await serveIn(folder, new URL(first.url).port)
  before.trackFeedback({ kind: 'negative' })
  after.trackSuccess()
  await client.flush()
  const store = sqliteStore(join(folder, 'runtape.db'))
  ends.push(() => store.close())
  expect((await store.runs.usage())[0]).toMatchObject({ runs: 2, succeeded: 2, negative: 1 })
})
