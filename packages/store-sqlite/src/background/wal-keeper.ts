import { statSync } from 'node:fs'
import { checkpoint } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'

const megabyte = 2 ** 20

/** From how much of a log on its pages are moved into the file: as much as SQLite lets come together. */
const moveFrom = 4 * megabyte

/** How much more is written before that is done again: each time flushes the disk, for which writers can wait, too. */
const moveEvery = 8 * megabyte

/**
 * From how much on it is emptied also while others write. They then wait for two flushes of the disk: with 2,000 events a
 * second less than one of 2,000.
 */
const dueFrom = 24 * megabyte

/** Frames that may be added in the last pass before that moment, and passes in which they become fewer. */
const fewFrames = 256
const passes = 4

const waitMs = { soon: 50, pinned: 250, longest: 500 }

/**
 * Keeps the write-ahead log short: moves its pages into the file without holding up anyone, and empties it in a moment in
 * which nothing is added, or once it is large, little. While another process reads, SQLite moves what came before, and the
 * log grows on; it is emptied soon after the reader has gone.
 */
export class WalKeeper {
  readonly #database: Database
  readonly #log: string
  #bytes = 0
  #idleMs = waitMs.soon
  /** Bytes of the log, and frames in it, when it was last moved. */
  #moved = { bytes: 0, frames: 0 }

  /** @param database a connection that waits for no lock @param path of the database file */
  constructor(database: Database, path: string) {
    this.#database = database
    this.#log = `${path}-wal`
  }

  /** Does what there is to do. Returns after how many milliseconds to look again. */
  look(): number {
    const bytes = this.#size()
    const isGrowing = bytes !== this.#bytes
    this.#idleMs = isGrowing ? waitMs.soon : Math.min(2 * this.#idleMs, waitMs.longest)
    this.#bytes = bytes
    if (bytes < moveFrom) return this.#idleMs
    const isDue = bytes >= dueFrom
    if (isGrowing && !isDue && bytes - this.#moved.bytes < moveEvery) return waitMs.soon
    this.#moved.bytes = bytes
    return this.#move(isDue)
  }

  #move(isDue: boolean): number {
    for (let pass = 1; pass <= passes; pass++) {
      const { log, checkpointed } = checkpoint(this.#database, 'PASSIVE')
      // A pass does not see what is added meanwhile: the next one does.
      const added = log < this.#moved.frames ? log : log - this.#moved.frames
      this.#moved.frames = log
      if (log < 0 || checkpointed < log) return waitMs.pinned
      if (added === 0 || (isDue && pass > 1 && added <= fewFrames)) return this.#empty()
      // Each pass flushes the disk, for which writers wait a little, too.
      if (!isDue && this.#size() !== this.#bytes) return waitMs.soon
    }
    return waitMs.soon
  }

  #empty(): number {
    // A writer or a reader in this very moment is no matter: the next look tries again.
    if (checkpoint(this.#database, 'TRUNCATE').busy !== 0) return waitMs.soon
    this.#moved = { bytes: 0, frames: 0 }
    return waitMs.soon
  }

  /** As it is emptied to nothing each time, its size says what is in it. */
  #size(): number {
    return statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0
  }
}
