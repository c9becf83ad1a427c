import { monotonicNow, realTimers } from '@runtape/core/internal'
import { Pace } from '../append/slices.ts'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import type { RecentEvents } from './recent-events.ts'
import { closePast } from './revisions.ts'
import { RunFolder } from './run-folder.ts'
import { makingSegment, missingSegments } from './segments.ts'
import { Texts } from './texts.ts'

/** Number of events taken into rows at a time. Large enough that most runs have all of their events in one step. */
const eventsAtOnce = 64

/** How long to wait for more of them. */
const afterMs = 50

/** How long a step may take before it commits, so that with its commit it holds the lock for less than about 2 ms. */
const stepMs = 1

/** Less than this part of a step costs more for its commit than for its rows. */
const leastShare = 0.5

/**
 * The rows of runs, which follow the events: at once for a read, and a moment after they were written, so that no write
 * waits for them.
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

  /** Call after events were committed. Takes them in soon; what fails then is done by the next read. */
  added(events: number): void {
    this.#behind += events
    if (this.#behind >= eventsAtOnce) this.#soon(afterMs)
  }

  /** Takes in what this process has just written, before another thread reads: that would have to read it back. */
  takeInRecent(): void {
    if (this.#behind === 0) return
    this.#behind = 0
    this.#tryStep()
  }

  /** Takes in all events that were there when it was called, and runs other work of the process in between. */
  async catchUp(): Promise<void> {
    this.#database.assertOpen()
    while (this.#folder.isBehind() && this.#step(true)) await otherWork()
    for (const segment of missingSegments(this.#database))
      for (const _ of makingSegment(this.#database, segment)) await otherWork()
  }

  /** Makes the row of a run anew, as `RunFolder.remake` does. */
  remake(runId: string): void {
    this.#folder.remake(runId)
  }

  /** Fixes what had been received until `asOf`, which is past: nothing that comes later is of it. */
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
    // It is 0 where another process has the lock.
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
