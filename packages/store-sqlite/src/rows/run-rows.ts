import { monotonicNow, realTimers } from '@runtape/core/internal'
import type { Database } from '../database.ts'
import { closePast } from './revisions.ts'
import { RunFolder } from './run-folder.ts'
import { makeSegments } from './segments.ts'
import { Texts } from './texts.ts'

/** So many events are taken into rows at a time: many enough that a run's events mostly come together. */
const eventsAtOnce = 64

/** So many at a time where many are behind. */
const eventsInCatchUp = 256

/** How long a step may hold the event loop and the lock, about. */
const stepMs = 1

/** The rows of runs, which follow the events: never by more than a few of each process, unless a database is old. */
export class RunRows {
  readonly texts: Texts
  readonly #database: Database
  readonly #folder: RunFolder
  #behind = 0

  constructor(database: Database) {
    this.#database = database
    this.texts = new Texts(database)
    this.#folder = new RunFolder(database, this.texts)
  }

  /** Call after events were committed. Takes in some of them now and then; what fails here is done by the next read. */
  added(events: number): void {
    this.#behind += events
    if (this.#behind < eventsAtOnce) return
    this.#behind = 0
    try {
      this.#step(eventsAtOnce, false)
    } catch {
      // Another process has the lock, or the disk is full. The events are safe.
    }
  }

  /** Takes in all events that were there when it was called, and runs other work of the process in between. */
  async catchUp(): Promise<void> {
    this.#database.assertOpen()
    while (this.#folder.isBehind()) {
      if (!this.#step(eventsInCatchUp, true)) break
      await new Promise<void>(resolve => void realTimers.setImmediate(resolve))
    }
    makeSegments(this.#database)
  }

  /** Fixes what had been received until `asOf`, which is past: nothing that comes later is of it. */
  closePast(asOf: number): void {
    this.#inTransaction(() => {
      while (this.#folder.step(eventsInCatchUp));
      closePast(this.#database, asOf)
      return true
    }, true)
  }

  /** Returns whether there is more. */
  #step(events: number, waits: boolean): boolean {
    return this.#inTransaction(() => this.#steps(events), waits)
  }

  #inTransaction(work: () => boolean, waits: boolean): boolean {
    try {
      return waits ? this.#database.transaction(work) : (this.#database.transactionNow(work) ?? true)
    } catch (error) {
      this.texts.forget()
      throw error
    }
  }

  #steps(events: number): boolean {
    const end = monotonicNow() + stepMs
    while (this.#folder.step(events)) if (monotonicNow() >= end) return true
    return false
  }
}
