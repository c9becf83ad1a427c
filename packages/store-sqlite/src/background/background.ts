import { messageOf, realTimers } from '@runtape/core/internal'
import type { StoreDiagnostics } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { closed } from '../database/errors.ts'
import { idOf } from '../files/file-ids.ts'
import { threadSlice } from '../reading/in-slices.ts'
import type { ReadName, Reads } from '../reading/reads.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { TrigramFile } from '../trigrams/trigram-file.ts'
import type { WorkerSettings } from './messages.ts'
import { readsOf } from './reads.ts'
import { noAnswer, StoreWorker } from './store-worker.ts'

export interface BackgroundSettings extends Omit<WorkerSettings, 'path' | 'file'> {
  /** Path of the file, if the store opened it itself. */
  readonly path: string | undefined
  /** `true` starts a worker at once, `false` never. Default: start with the second batch or read. */
  readonly worker: boolean | undefined
}

const startFrom = 64

/** How much each operation counts towards `startFrom`. */
const weights = { record: 1, batch: 32, read: 32 }

/** Delay before the worker starts, so that short programs start none. */
const startAfterMs = 100

/** Number of starts before giving up. A restart waits, because the file may just be being replaced. */
const mostStarts = 3
const restartAfterMs = 1000

/** How long to wait for the worker to close. */
const closeMs = 1000

/**
 * Number of pages after which SQLite checkpoints. Fewer than its default of 1,000, because this thread has other work.
 */
const pagesOnThread = 200

/** Runs slow work in a worker thread, or on the calling thread if there is no worker. */
export class Background {
  readonly #database: Database
  readonly #rows: RunRows
  readonly #index: TrigramFile
  readonly #onThread: Reads
  readonly #settings: BackgroundSettings
  #worker: StoreWorker | undefined
  #isReady = false
  #starts = 0
  #weight = 0
  #timer: NodeJS.Timeout | undefined
  #reason = 'too little has been written and read yet'
  #isFailing = false
  #isClosed = false
  #source: Promise<{ readonly workerSource: string }> | undefined
  /** Identity of the file that the store has open. */
  readonly #file: string | undefined

  constructor(database: Database, rows: RunRows, settings: BackgroundSettings) {
    this.#database = database
    this.#rows = rows
    this.#index = new TrigramFile(database)
    const { fillsSearch } = settings
    this.#onThread = readsOf(database, rows, { slice: threadSlice, fillsSearch, index: this.#index })
    this.#settings = settings
    const { path, worker } = settings
    this.#file = path === undefined ? undefined : idOf(path)
    if (path === undefined) this.#stayOnThread('the store is in memory, or uses a handle of the application')
    else if (worker === false) this.#stayOnThread('the option worker is false')
    else if (worker) void this.#start(path)
  }

  readonly reads: Reads = {
    runs: query => this.#read('runs', query),
    usage: query => this.#read('usage', query),
    facets: query => this.#read('facets', query),
    budgets: windows => this.#read('budgets', windows),
    health: () => this.#read('health', undefined),
    revision: () => this.#read('revision', undefined),
    changes: query => this.#read('changes', query),
    asOf: query => this.#read('asOf', query),
    traces: query => this.#read('traces', query),
    skeleton: query => this.#read('skeleton', query),
    payload: query => this.#read('payload', query),
    search: query => this.#read('search', query),
    traceSearch: query => this.#read('traceSearch', query),
  }

  diagnostics(): StoreDiagnostics {
    if (this.#isReady) return { notes: [], background: 'worker' }
    const notes = this.#isFailing
      ? [`Checkpoints and reads share this thread with other work: ${this.#reason}.`]
      : []
    return { notes, background: 'thread', backgroundReason: this.#reason }
  }

  /** Call after each write. */
  count(what: keyof typeof weights, times = 1): void {
    if (this.#weight >= startFrom) return
    this.#weight += weights[what] * times
    const { path, worker } = this.#settings
    if (this.#weight < startFrom || path === undefined || worker !== undefined) return
    // Now: a test runner refuses imports after its tests have ended.
    this.#source = import('#worker-source')
    this.#source.catch(() => {})
    this.#timer = realTimers.setTimeout(() => void this.#start(path), startAfterMs)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    realTimers.clearTimeout(this.#timer)
    this.#isClosed = true
    const worker = this.#worker
    this.#worker = undefined
    this.#isReady = false
    this.#index.close()
    await worker?.close(closed(this.#database.name), closeMs)
  }

  async #read(name: ReadName, query: unknown): Promise<never> {
    this.#database.assertOpen()
    this.count('read')
    if (this.#isReady) this.#rows.takeInRecent()
    const answer = this.#isReady ? await this.#worker?.ask(name, query) : noAnswer
    const read = this.#onThread[name] as (query: unknown) => Promise<unknown>
    return (answer === noAnswer ? await read(query) : answer) as never
  }

  async #start(path: string): Promise<void> {
    this.#starts++
    this.#reason = 'the worker is starting'
    try {
      this.#source ??= import('#worker-source')
      const { workerSource } = await this.#source
      if (this.#isClosed) return
      const { name, busyTimeoutMs, fillsSearch } = this.#settings
      const worker = new StoreWorker(
        workerSource,
        { path, name, busyTimeoutMs, file: this.#file, fillsSearch },
        {
          onReady: () => this.#ready(worker),
          onGone: reason => this.#gone(worker, path, reason),
        },
      )
      this.#worker = worker
    } catch (error) {
      this.#fail(`no worker can be started: ${messageOf(error)}`)
    }
  }

  #ready(worker: StoreWorker): void {
    if (worker !== this.#worker) return
    this.#moveEvery(0)
    this.#isReady = true
    this.#isFailing = false
  }

  #gone(worker: StoreWorker, path: string, reason: string): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#isReady = false
    this.#fail(`the worker failed: ${reason}`)
    if (this.#starts >= mostStarts) return
    this.#timer = realTimers.setTimeout(() => void this.#start(path), restartAfterMs)
    this.#timer.unref()
  }

  #fail(reason: string): void {
    this.#isFailing = true
    this.#stayOnThread(reason)
  }

  #stayOnThread(reason: string): void {
    this.#reason = reason
    this.#moveEvery(pagesOnThread)
  }

  #moveEvery(pages: number): void {
    try {
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${pages}`)
    } catch {
      // The application closed its handle. The next operation reports it.
    }
  }
}
