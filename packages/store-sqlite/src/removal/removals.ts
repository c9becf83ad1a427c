import { keyTombstone, realNow } from '@runtape/core/internal'
import type { EraseTarget, RemovalReceipt, Store } from '@runtape/core/store'
import {
  readEraseOptions,
  readEraseTarget,
  readPruneQuery,
  readRemovalOptions,
} from '@runtape/core/store-helpers'
import { inOwnTransaction } from '../append/append-in-slices.ts'
import { Pace, type Step, Steps, sliceMs } from '../append/slices.ts'
import { erasingBudgets } from '../budgets/budgets.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { erasingSamples, pruningSamples } from '../health/erase-samples.ts'
import { forgettingMarks } from '../history/forget-marks.ts'
import type { RunRows } from '../rows/run-rows.ts'
import { SetAsideFile } from '../set-aside/set-aside-file.ts'
import { wipeShards } from '../trigrams/wipe-shards.ts'
import { eraseViews } from '../views/views.ts'
import { BatchCounter } from './count-batch.ts'
import { removingEvents, removingRuns, type Tally } from './remove-runs.ts'
import { removingTraces } from './remove-traces.ts'
import { type Batch, erased, pruned } from './targets.ts'
import { contextName, runName, sessionName, Tombstones, traceName } from './tombstones.ts'
import { removeText, unusedTexts } from './unused-texts.ts'
import { eraseWaiting } from './waiting.ts'
import { wipe, wipeLog } from './wipe-log.ts'

export interface RemovalSettings {
  readonly busyTimeoutMs: number
  /** Path of the database file, if it has one. */
  readonly path: string | undefined
  /** Whether the store is being closed. The rest is then removed the next time. */
  readonly isClosing: () => boolean
}

/** `prune` and `erase` of a database. */
export function removals(
  database: Database,
  rows: RunRows,
  settings: RemovalSettings,
): Pick<Store, 'prune' | 'erase'> {
  return {
    prune: async (given, options) => {
      database.assertOpen()
      const query = readPruneQuery(given)
      const { dryRun } = readRemovalOptions(options)
      return new Removal(database, rows, settings).prune(query, dryRun)
    },
    erase: async (given, options) => {
      database.assertOpen()
      const target = readEraseTarget(given)
      const { dryRun, keepTotals } = readEraseOptions(options)
      return new Removal(database, rows, settings, keepTotals).erase(target, dryRun)
    },
  }
}

class Removal {
  readonly #database: Database
  readonly #rows: RunRows
  readonly #settings: RemovalSettings
  readonly #keepsTotals: boolean
  readonly #tombstones: Tombstones
  readonly #pace = new Pace()
  #isErasing = false
  readonly #tally: Tally = { runs: 0, runEvents: 0, traces: 0, spans: 0, texts: new Set() }

  constructor(database: Database, rows: RunRows, settings: RemovalSettings, keepsTotals = false) {
    this.#database = database
    this.#rows = rows
    this.#settings = settings
    this.#keepsTotals = keepsTotals
    this.#tombstones = new Tombstones(database)
  }

  async prune(
    query: { readonly traces?: number; readonly runs?: number },
    isDry: boolean,
  ): Promise<RemovalReceipt> {
    await this.#rows.catchUp()
    const counter = new BatchCounter(this.#database, this.#tally)
    for (const batch of pruned(this.#database, query)) {
      if (isDry) counter.add(batch)
      else await this.#remove(batch)
      if (this.#settings.isClosing()) break
      await otherWork()
    }
    const before = Math.min(query.traces ?? Infinity, query.runs ?? Infinity)
    if (!isDry) await this.#write(pruningSamples(this.#database, before))
    const { runs, runEvents, spans } = this.#tally
    const isDone = isDry || runs + runEvents + spans === 0
    return isDone ? this.#receipt(counter.replayed) : this.#finish(0)
  }

  async erase(target: EraseTarget, isDry: boolean): Promise<RemovalReceipt> {
    this.#isErasing = true
    // Before the search, so that records that arrive meanwhile are recognized.
    if (!isDry) await this.#write([{ weight: 0, run: () => this.#bury(target) }])
    if (!isDry) await this.#write([{ weight: 0, run: () => eraseViews(this.#database, target) }])
    await this.#rows.catchUp()
    const batch = await inTurns(erased(this.#database, target))
    const wanted = { target, runs: new Set(batch.runs), traces: new Set(batch.traces) }
    const remove = (table: string, id: number) =>
      this.#write([{ weight: 0, run: () => this.#database.run(`DELETE FROM ${table} WHERE id = ?`, id) }])
    if (!isDry) {
      await this.#remove(batch)
      await this.#write(erasingBudgets(this.#database, target))
      await this.#write(erasingSamples(this.#database, target, wanted.runs, wanted.traces))
    }
    const { path } = this.#settings
    const file = path === undefined ? undefined : new SetAsideFile(path)
    const waiting = await eraseWaiting(this.#database, file, wanted, isDry ? undefined : remove)
    if (!isDry) return this.#finish(waiting)
    const counter = new BatchCounter(this.#database, this.#tally)
    counter.add(batch)
    return this.#receipt(counter.replayed, waiting)
  }

  #bury(target: EraseTarget): void {
    const keepsTotals = this.#keepsTotals
    const [forGood, untilNow] = [null, realNow()].map(until => ({ until, keepsTotals }))
    if ('runId' in target) this.#tombstones.bury(runName(target.runId), forGood)
    else if ('traceId' in target) this.#tombstones.bury(traceName(target.traceId))
    else if ('sessionId' in target) this.#tombstones.bury(sessionName(target.sessionId), untilNow)
    else
      for (const name of [
        contextName(target.context.kind, target.context.key),
        keyTombstone(target.context.key),
      ])
        this.#tombstones.bury(name, untilNow)
  }

  async #remove({ runs = [], events = [], traces = [] }: Batch): Promise<void> {
    const context = {
      database: this.#database,
      tombstones: this.#tombstones,
      tally: this.#tally,
      rows: this.#rows,
    }
    // Events before runs, so that what is kept of an event stays in its run.
    await this.#write(removingEvents(context, events, this.#keepsTotals))
    await this.#write(removingRuns(context, runs, this.#keepsTotals))
    await this.#write(removingTraces(context, traces))
  }

  async #write(steps: Iterable<Step>): Promise<void> {
    const all = new Steps(steps[Symbol.iterator]() as Iterator<Step, void>, this.#pace)
    for (let isFirst = true; !all.isDone; isFirst = false) {
      if (!isFirst) await otherWork()
      const slice = () => all.runSlice(sliceMs)
      this.#pace.held(await inOwnTransaction(this.#database, this.#settings.busyTimeoutMs, slice))
    }
  }

  async #finish(waiting: number): Promise<RemovalReceipt> {
    const { texts } = this.#tally
    const eventId = this.#database.get<{ id: number | null }>('SELECT max(id) AS id FROM run_events')?.id ?? 0
    await this.#rows.catchUp()
    const unused = unusedTexts(this.#database, texts)
    await this.#write(unused.map(id => ({ weight: 100, run: () => removeText(this.#database, id, eventId) })))
    await this.#write(forgettingMarks(this.#database))
    const { busyTimeoutMs, path } = this.#settings
    const inIndex = await wipeShards(this.#database, busyTimeoutMs)
    const wiping = this.#isErasing ? wipe : wipeLog
    const inFile = path === undefined ? undefined : await wiping(this.#database, busyTimeoutMs)
    const leftover = [inFile, inIndex].filter(each => each !== undefined).join(' ') || undefined
    return { ...this.#receipt(0, waiting), ...(leftover !== undefined && { leftover }) }
  }

  #receipt(replayed: number, waiting = 0): RemovalReceipt {
    const { traces, spans, runs, runEvents } = this.#tally
    return { traces, spans, runs, runEvents: runEvents + replayed, waiting }
  }
}

async function inTurns<T>(work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value as T
    await otherWork()
  }
}
