import type { Database } from '../database/database.ts'
import { keepQuarters } from './keep-quarters.ts'

/** Sums are made this long after records were added, so that a process does it once for many appends. */
const afterMs = 10_000

/** Keeps the sums of quarters behind the appends of a process. */
export class QuarterKeeper {
  readonly #database: Database
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(database: Database) {
    this.#database = database
  }

  /** Call it after records were added. */
  soon(): void {
    // Processes that started together do not ask together for ever.
    this.#timer ??= setTimeout(() => this.#keep(), afterMs * (1 + Math.random())).unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#work
  }

  #keep(): void {
    this.#timer = undefined
    // Bills are complete without them; the next append tries again.
    this.#work = keepQuarters(this.#database).catch(() => {})
  }
}
