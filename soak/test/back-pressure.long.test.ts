import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRecorder } from '@runtape/recorder'
import { createServer, issueKey, type ServerLimits } from '@runtape/server'
import { listen } from '@runtape/server/node'
import { httpStore } from '@runtape/store-http'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Sent {
  readonly at: number
  readonly endedAt: number
  readonly status: number
}

/** A real server with these limits, and recorders with outboxes in front of it, whose requests are noted. */
async function scene(limits: Partial<ServerLimits>, recorders: number) {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-pressure-'))
  const { key, stored } = await issueKey(['admin'])
  const store = sqliteStore(join(folder, 'runtape.db'))
  const server = createServer({ projects: { a: { store, keys: { list: () => [stored] } } }, limits })
  const listening = await listen(server, { port: 0 })
  onTestFinished(async () => {
    await listening.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const clients = Array.from({ length: recorders }, (_, n) => {
    const sent: Sent[] = []
    const noting: typeof fetch = async (...args) => {
      const at = performance.now()
      const response = await fetch(...args)
      sent.push({ at, endedAt: performance.now(), status: response.status })
      return response
    }
    const outbox = sqliteOutbox(join(folder, `outbox-${n}.db`))
    const served = httpStore({ url: listening.url, key, fetch: noting })
    const recorder = createRecorder({
      store: served,
      outbox,
      logger: { warn: () => {} },
      closeTimeoutMs: 60_000,
    })
    return { sent, outbox, recorder }
  })
  return { store, clients }
}

/** The shortest time between a refusal and the next request of the same client. */
const shortestWait = (sent: readonly Sent[]): number =>
  Math.min(
    ...sent.flatMap(({ status, endedAt }, i) => {
      const next = sent[i + 1]
      return status === 429 && next ? [next.at - endedAt] : []
    }),
  )

function refusedInARow(sent: readonly Sent[]): number {
  let [most, now] = [0, 0]
  for (const { status } of sent) {
    now = status === 429 ? now + 1 : 0
    most = Math.max(most, now)
  }
  return most
}

test('a recorder waits as long as a busy server asks for, and loses nothing', async () => {
  const { store, clients } = await scene({ requestsPerSecond: 1 }, 1)
  const [client] = clients
  if (!client) throw new Error('There is no client.')
  const { recorder, outbox, sent } = client
  const spans = Array.from({ length: 50 }, () => span())
  for (let n = 0; n < 250; n++) {
    recorder.append(runEvent({ runId: `run-${n % 50}`, metric: `tool-call:${n}`, value: { name: 'look' } }))
    if (n % 5 === 0) recorder.append(spans[n / 5] ?? span())
    await sleep(20)
  }
  for (const deadline = Date.now() + 30_000; outbox.size() > 0 && Date.now() < deadline; ) await sleep(100)
  await recorder.close()

  const refused = sent.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(shortestWait(sent)).toBeGreaterThan(950)
  // The burst of ten, then one or two a second.
  expect(sent.length).toBeLessThan(40)
  expect(recorder.diagnostics()).toMatchObject({ accepted: 300, duplicates: 0, droppedSpans: 0 })
  const { items } = await store.runs.list({ limit: 1000 })
  expect(items.flatMap(({ events }) => events)).toHaveLength(250)
  const traces = await store.traces.list({ limit: 1000 })
  expect(traces.items).toHaveLength(50)
})

test('several recorders share a server that works on one request at a time', async () => {
  const { store, clients } = await scene({ concurrentRequests: 1 }, 4)
  for (let n = 0; n < 100; n++) {
    for (const [i, { recorder }] of clients.entries())
      recorder.append(runEvent({ runId: `run-${i}`, metric: `tool-call:${n}`, value: { name: 'look' } }))
    await sleep(5)
  }
  for (const { recorder, outbox } of clients) {
    for (const deadline = Date.now() + 30_000; outbox.size() > 0 && Date.now() < deadline; ) await sleep(50)
    await recorder.close()
  }
  for (const { sent } of clients) expect(shortestWait(sent)).toBeGreaterThan(950)
  const { items } = await store.runs.list()
  expect(items.map(({ events }) => events.length)).toEqual([100, 100, 100, 100])
})

test('recorders that share the rate of one key are refused many times, and none sends its records one by one', async () => {
  const { store, clients } = await scene({ requestsPerSecond: 1 }, 5)
  for (let n = 0; n < 60; n++) {
    for (const [i, { recorder }] of clients.entries())
      recorder.append(runEvent({ runId: `run-${i}`, metric: `tool-call:${n}`, value: { name: 'look' } }))
    await sleep(20)
  }
  for (const { recorder, outbox } of clients) {
    for (const deadline = Date.now() + 60_000; outbox.size() > 0 && Date.now() < deadline; ) await sleep(50)
    await recorder.close()
  }
  for (const { sent } of clients) expect(shortestWait(sent)).toBeGreaterThan(950)
  expect(Math.max(...clients.map(({ sent }) => refusedInARow(sent)))).toBeGreaterThan(3)
  const { items } = await store.runs.list()
  expect(items.map(({ events }) => events.length)).toEqual([60, 60, 60, 60, 60])
}, 120_000)
