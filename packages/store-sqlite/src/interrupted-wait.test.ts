import { once } from 'node:events'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { scratchDirectory } from '../test/scratch.ts'
import { sqliteStore } from './sqlite-store.ts'

// SQLite adds up the time that it meant to sleep, and every signal of a profiler ends a sleep at once.
const holdsTheLock = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(workerData.path)
  database.exec('BEGIN IMMEDIATE')
  parentPort.postMessage('locked')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.ms)
  database.exec('COMMIT')
  database.close()`

async function lockFor(path: string, ms: number): Promise<void> {
  const worker = new Worker(holdsTheLock, { eval: true, workerData: { path, ms } })
  onTestFinished(async () => void (await worker.terminate()))
  await once(worker, 'message')
}

async function profiling(work: () => Promise<void>): Promise<void> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 200 })
    await session.post('Profiler.start')
    await work()
    await session.post('Profiler.stop')
  } finally {
    session.disconnect()
  }
}

test('a wait for a lock lasts as long as configured, even if a profiler interrupts it', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  await profiling(async () => {
    await lockFor(path, 700)
    expect(store.appendSync([runEvent()]).accepted).toBe(1)
    await lockFor(path, 700)
    expect(store.appendSync([runEvent(), span()]).accepted).toBe(2)
    await lockFor(path, 700)
    const another = sqliteStore(path, { worker: false })
    expect(another.appendSync([runEvent()]).accepted).toBe(1)
    await another.close()
  })
  await store.close()
})

test('a wait for a lock lasts no longer than configured while a profiler runs', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false, busyTimeoutMs: 200 })
  await profiling(async () => {
    await lockFor(path, 5000)
    expect(() => store.appendSync([runEvent()])).toThrow(/another process keeps it locked/)
    expect(() => store.appendSync([runEvent(), span()])).toThrow(/another process keeps it locked/)
  })
  await store.close()
})
