// Tracks runs with a recorder until it is killed, and logs each acknowledged one. Some processes have a faked clock, some work
// in a worker thread. All send records that no store accepts, and some that this store cannot write.
import { openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { RuntapeError } from '@runtape/core'
import { createRecorder } from '@runtape/recorder'
import { type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import { damagedRuns } from './bad-rows.ts'
import { edgeEvent } from './edge-event.ts'
import { acknowledgesEarly } from './faults.ts'

interface EdgeSettings {
  readonly path: string
  readonly log: string
  readonly life: number
  readonly fault?: string
}

const settings = (isMainThread ? JSON.parse(process.argv[2] ?? '{}') : workerData) as EdgeSettings
const { path, log, life, fault } = settings

if (isMainThread && life % 4 === 0) {
  new Worker(fileURLToPath(import.meta.url), { workerData: settings })
} else await track()

async function track(): Promise<void> {
  if (life % 3 === 0) fakeClock()
  const logger = { warn: () => {} }
  process.emitWarning = () => {}
  const recorder = createRecorder({ store: await openStore(), logger })
  const sink = fault === undefined ? recorder : acknowledgesEarly(recorder)
  const file = openSync(log, 'a')
  for (let index = 0; ; index++) {
    const at = process.hrtime.bigint()
    const runId = `${life}-${index}`
    if (sink.append(edgeEvent(runId)) as unknown) writeSync(file, `${runId} ${at}\n`)
    // Poison: must be refused without stopping others.
    if (index % 20 === 0) sink.append({ ...edgeEvent(`${life}-poison-${index}`), value: Number.NaN })
    // Passes every check, but the store cannot write it: must be set aside.
    if (index % 40 === 10) sink.append(edgeEvent(`${life}-cursed-${index}`))
    if (index % 40 === 30) sink.append(edgeEvent(damagedRuns[(index / 10) % 3] ?? ''))
    if (index % 5 === 0) await sleep(1)
  }
}

/** Retries while there is no room for its log, or its file is being replaced. */
async function openStore(): Promise<SqliteStore> {
  for (;;) {
    try {
      return sqliteStore(path)
    } catch (error) {
      if (!RuntapeError.isInstance(error) || error.code !== 'store-unusable') throw error
      await sleep(50)
    }
  }
}

function fakeClock(): void {
  Date.now = () => 0
  performance.now = () => 1
}
