import { statSync } from 'node:fs'
import { checkpoint } from '../checkpoint.ts'
import type { Database } from '../database.ts'

const megabyte = 2 ** 20

/** From how much of a log on its pages are moved into the file: as much as SQLite lets come together. */
const moveFrom = 4 * megabyte

/** From how much on more may be left for the moment in which writers are held up. */
const largeFrom = 16 * megabyte

/** Frames that may be left for that moment: they take about a millisecond, or a few. */
const fewFrames = { small: 16, large: 256 }

/** The log is emptied no more often, so that few writers meet it. */
const emptyEveryMs = 500

const passes = 4
const waitMs = { soon: 50, pinned: 250, longest: 500 }

/**
 * Keeps the write-ahead log short: moves its pages into the file without holding up anyone, and empties it in a moment in
 * which little is left to move. While another process reads, SQLite moves what came before, and the log grows on; it is
 * emptied soon after the reader has gone.
 */
export class WalKeeper {
  readonly #database: Database
  readonly #log: string
  #bytes = 0
  #idleMs = waitMs.soon
  #emptiedAt = Number.NEGATIVE_INFINITY

  /** @param database a connection that waits for no lock @param path of the database file */
  constructor(database: Database, path: string) {
    this.#database = database
    this.#log = `${path}-wal`
  }

  /** Does what there is to do. Returns after how many milliseconds to look again. */
  look(): number {
    // As it is emptied to nothing each time, its size says what is in it.
    const bytes = statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0
    this.#idleMs = bytes === this.#bytes ? Math.min(2 * this.#idleMs, waitMs.longest) : waitMs.soon
    this.#bytes = bytes
    if (bytes < moveFrom) return this.#idleMs
    const left = this.#move()
    if (left === undefined) return waitMs.pinned
    if (left <= (bytes < largeFrom ? fewFrames.small : fewFrames.large)) this.#empty(bytes)
    return waitMs.soon
  }

  /** Moves what it can. Returns how many frames are left, `undefined` if a reader needs them. */
  #move(): number | undefined {
    for (let pass = 0, before = -1; ; pass++) {
      const { log, checkpointed } = checkpoint(this.#database, 'PASSIVE')
      const left = log - checkpointed
      if (left <= fewFrames.small) return left
      // Writers go on meanwhile: what they add is less each time, unless the disk is slower than they are.
      if (pass === passes) return fewFrames.large
      if (checkpointed === before || log < 0) return undefined
      before = checkpointed
    }
  }

  #empty(bytes: number): void {
    const now = performance.now()
    if (now - this.#emptiedAt < emptyEveryMs && bytes < 2 * largeFrom) return
    // A writer or a reader in this very moment is no matter: the next look tries again.
    if (checkpoint(this.#database, 'TRUNCATE').busy === 0) this.#emptiedAt = now
  }
}
