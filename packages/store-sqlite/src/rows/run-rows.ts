import { monotonicNow, realTimers } from '@runtape/core/internal'
import { Pace } from '../append/slices.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import { closePast } from '../history/revisions.ts'
import type { RecentEvents } from './recent-events.ts'
import { RunFolder } from './run-folder.ts'
import { makingSegment, missingSegments } from './segments.ts'
import { Texts } from './texts.ts'

/** Number of events taken into rows at a time. Large enough that most runs have all of their events in one step. */
const eventsAtOnce = 64

/** How long to wait for more events. */
const afterMs = 50

/** How long a step may run before it commits. With its commit it then holds the lock for less than about 2 ms. */
const stepMs = 1

/** If a step would process a smaller share than this, its commit costs more than its rows. */
const leastShare = 0.5

/**
 * Keeps the rows of runs up to date with the events: immediately before a read, and shortly after a write, so that no
 * write waits for them.
 */
export class RunRows {
  readonly texts: Texts
  readonly #database: Database
  readonly #folder: RunFolder
  readonly #pace = new Pace()
  #behind = 0
  #isWaiting = false

  /** @param recent what this process has written, if it writes */
  constructor(database: Database, recent?: RecentEvents) {
    this.#database = database
    this.texts = new Texts(database)
    this.#folder = new RunFolder(database, this.texts, recent)
  }

  /** Call after events were committed. Adds them to the rows soon. If that fails, the next read does it. */
  added(events: number): void {
    this.#behind += events
    if (this.#behind >= eventsAtOnce) this.#soon(afterMs)
  }

  /** Adds what this process has just written, before another thread reads: that thread would have to read it back. */
  takeInRecent(): void {
    if (this.#behind === 0) return
    this.#behind = 0
    this.#tryStep()
  }

  /** Adds all events that existed at the time of the call. Runs other work of the process in between. */
  async catchUp(): Promise<void> {
    this.#database.assertOpen()
    while (this.#folder.isBehind() && this.#step(true)) await otherWork()
    for (const segment of missingSegments(this.#database))
      for (const _ of makingSegment(this.#database, segment)) await otherWork()
  }

  /** Rebuilds the row of a run, as `RunFolder.remake` does. */
  remake(runId: string): void {
    this.#folder.remake(runId)
  }

  /** Fixes what had been received by `asOf`, a time in the past. Later events do not count for it. */
  closePast(asOf: number): void {
    this.#inTransaction(() => {
      while (this.#folder.step(eventsAtOnce));
      closePast(this.#database, asOf)
      return true
    }, true)
  }

  #soon(ms: number): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const timer = realTimers.setTimeout(() => {
      this.#isWaiting = false
      this.#behind = 0
      if (this.#tryStep()) this.#soon(0)
    }, ms)
    timer.unref()
  }

  /** Returns whether there is more. */
  #tryStep(): boolean {
    try {
      return this.#step(false)
    } catch {
      // Another process has the lock, the disk is full, or the store is closed. The events are safe.
      return false
    }
  }

  #step(waits: boolean): boolean {
    let since = 0
    const isMore = this.#inTransaction(() => {
      since = monotonicNow()
      return this.#steps(since)
    }, waits)
    // It is 0 if another process has the lock.
    if (since > 0) this.#pace.held(monotonicNow() - since)
    return isMore
  }

  #inTransaction(work: () => boolean, waits: boolean): boolean {
    try {
      return waits ? this.#database.transaction(work) : (this.#database.transactionNow(work) ?? true)
    } catch (error) {
      this.texts.forget()
      throw error
    }
  }

  #steps(since: number): boolean {
    const share = Math.max(leastShare, this.#pace.share)
    while (this.#folder.step(Math.ceil(eventsAtOnce * share)))
      if (monotonicNow() - since >= stepMs * share) return true
    return false
  }
}
