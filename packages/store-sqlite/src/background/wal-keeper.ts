import { statSync } from 'node:fs'
import { type Checkpoint, checkpoint, logState, saysLogState } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'

const megabyte = 2 ** 20

/** From how much of a log on its pages are moved into the file: as much as SQLite lets come together. */
const moveFrom = 4 * megabyte

/** How much more is written before that is done again: each time flushes the disk, for which writers can wait, too. */
const moveEvery = 8 * megabyte

/**
 * From how much on it is begun anew also while others write. They then wait for two flushes of the disk: with 2,000 events
 * a second less than one of 2,000.
 */
const dueFrom = 24 * megabyte

/** Frames that may be added in the last pass before that moment, and passes in which they become fewer. */
const fewFrames = 256
const passes = 4

const waitMs = { soon: 50, pinned: 250, longest: 500 }

/** After so many looks in which nothing was written, about two seconds, the log is given back. */
const idleLooks = 6

/**
 * Keeps the write-ahead log short: moves its pages into the file without holding up anyone. A log that is in the file is
 * written over from its start, which costs a fifth less than to let it grow from nothing; it is emptied when nothing was
 * written for a while. While another process reads, SQLite moves what came before, and the log grows on; it is begun
 * anew soon after the reader has gone.
 */
export class WalKeeper {
  readonly #database: Database
  readonly #log: LogFile
  #bytes = 0
  #idleMs = waitMs.soon
  #looksIdle = 0
  /** Bytes of the log, and frames in it, when it was last moved. */
  #moved = { bytes: 0, frames: 0 }

  /** @param database a connection that waits for no lock @param path of the database file */
  constructor(database: Database, path: string) {
    this.#database = database
    this.#log = new LogFile(database, `${path}-wal`)
  }

  /** Does what there is to do. Returns after how many milliseconds to look again. */
  look(): number {
    const isGrowing = this.#log.hasChanged()
    this.#looksIdle = isGrowing ? 0 : this.#looksIdle + 1
    this.#idleMs = isGrowing ? waitMs.soon : Math.min(2 * this.#idleMs, waitMs.longest)
    this.#bytes = this.#log.bytes()
    if (this.#bytes < this.#moved.bytes) this.#moved = { bytes: 0, frames: 0 }
    if (this.#bytes < moveFrom) return this.#isLeft() ? this.#empty() : this.#idleMs
    const isDue = this.#bytes >= dueFrom
    if (isGrowing && !isDue && this.#bytes - this.#moved.bytes < moveEvery) return waitMs.soon
    this.#moved.bytes = this.#bytes
    return this.#move(isDue)
  }

  /** Whether there is much of a log, and nothing was written for a while. */
  #isLeft(): boolean {
    return this.#looksIdle >= idleLooks && this.#log.size >= moveFrom
  }

  #move(isDue: boolean): number {
    for (let pass = 1; pass <= passes; pass++) {
      const { log, checkpointed } = checkpoint(this.#database, 'PASSIVE')
      // A pass does not see what is added meanwhile: the next one does.
      const added = log < this.#moved.frames ? log : log - this.#moved.frames
      this.#moved.frames = log
      if (log < 0 || checkpointed < log) return waitMs.pinned
      if (added === 0) return this.#log.isReused ? waitMs.soon : this.#empty()
      if (isDue && pass > 1 && added <= fewFrames) return this.#beginAnew()
      // Each pass flushes the disk, for which writers wait a little, too.
      if (!isDue && this.#log.hasChanged()) return waitMs.soon
    }
    return waitMs.soon
  }

  #beginAnew(): number {
    return this.#end(checkpoint(this.#database, this.#log.isReused ? 'RESTART' : 'TRUNCATE'))
  }

  #empty(): number {
    return this.#end(checkpoint(this.#database, 'TRUNCATE'))
  }

  #end({ busy }: Checkpoint): number {
    // A writer or a reader in this very moment is no matter: the next look tries again.
    if (busy === 0) this.#moved = { bytes: 0, frames: 0 }
    return waitMs.soon
  }
}

/** The file of a log, whose size says little where it is written over. */
class LogFile {
  /** Whether SQLite can say how much of it is in use: from 3.51 on. Otherwise it is emptied each time. */
  readonly isReused: boolean
  size = 0
  readonly #database: Database
  readonly #path: string
  #bytes = 0
  #changedAt = 0

  constructor(database: Database, path: string) {
    this.#database = database
    this.#path = path
    this.isReused = saysLogState(database)
  }

  /** Whether something was written since the last time. */
  hasChanged(): boolean {
    const { size = 0, mtimeMs = 0 } = statSync(this.#path, { throwIfNoEntry: false }) ?? {}
    const isChanged = size !== this.size || mtimeMs !== this.#changedAt
    this.size = size
    this.#changedAt = mtimeMs
    return isChanged
  }

  /** What has to be moved before it can be begun anew: 0 where all is in the file. */
  bytes(): number {
    if (!this.isReused) return this.size
    const { busy, log, checkpointed } = logState(this.#database)
    if (busy === 0) this.#bytes = checkpointed < log ? log * bytesOfFrame : 0
    return this.#bytes
  }
}

/** A page, and what says which one it is. */
const bytesOfFrame = 4096 + 24
