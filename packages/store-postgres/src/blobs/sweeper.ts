import { monotonicNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { deleteUnusedBlobs } from './unused.ts'

const everyMs = 3_600_000

/** Deletes objects that no record uses: with the first append of a process, and then once an hour. */
export class Sweeper {
  readonly #database: Database
  #nextAt = 0
  #isClosed = false
  #sweep: Promise<unknown> = Promise.resolve()

  constructor(database: Database) {
    this.#database = database
  }

  /** Call after an append. Does not wait. */
  start(): void {
    const { bodies } = this.#database
    const now = monotonicNow()
    if (!bodies || this.#isClosed || now < this.#nextAt) return
    this.#nextAt = now + everyMs
    // What fails is tried again an hour later; nothing is lost meanwhile.
    this.#sweep = deleteUnusedBlobs(this.#database, bodies, () => this.#isClosed).catch(() => {})
  }

  /** Lets the batch end that is being deleted. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#sweep
  }
}
