import { statSync } from 'node:fs'
import { type Checkpoint, checkpoint, logState, saysLogState } from '../database/checkpoint.ts'
import type { Database } from '../database/database.ts'

const megabyte = 2 ** 20

/** Log size from which its pages are moved into the file: the same as SQLite's own default. */
const moveFrom = 4 * megabyte

/** How much more is written before the next move. Each move flushes the disk, which can delay writers. */
const moveEvery = 8 * megabyte

/**
 * Log size from which the log is restarted even during writes. The writers then wait for two flushes: at 2,000 events a
 * second, fewer than one event in 2,000 waits.
 */
const dueFrom = 24 * megabyte

/** Restart the log once a pass added at most this many frames, after at most this many passes. */
const fewFrames = 256
const passes = 4

const waitMs = { soon: 50, pinned: 250, longest: 500 }

/** The log is truncated after this many checks without a write, about two seconds. */
const idleLooks = 6

/**
 * Keeps the write-ahead log short: moves its pages into the file without blocking other connections. Once all pages are
 * in the file, SQLite overwrites the log from its start, which costs a fifth less than growing a new log. The log is
 * truncated when nothing was written for a while. While another process reads, SQLite moves only the pages from before
 * that read and the log keeps growing. It is restarted soon after that read ends.
 */
export class WalKeeper {
  readonly #database: Database
  readonly #log: LogFile
  #bytes = 0
  #idleMs = waitMs.soon
  #looksIdle = 0
  /** Log size in bytes, and number of frames, at the last move. */
  #moved = { bytes: 0, frames: 0 }

  /**
   * @param database a connection that does not wait for locks
   * @param path of the database file
   */
  constructor(database: Database, path: string) {
    this.#database = database
    this.#log = new LogFile(database, `${path}-wal`)
  }

  /** Does what is due. Returns how many milliseconds to wait before the next call. */
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

  /** Whether the log is large and nothing was written for a while. */
  #isLeft(): boolean {
    return this.#looksIdle >= idleLooks && this.#log.size >= moveFrom
  }

  #move(isDue: boolean): number {
    for (let pass = 1; pass <= passes; pass++) {
      const { log, checkpointed } = checkpoint(this.#database, 'PASSIVE')
      // A pass does not see frames that are added meanwhile. The next pass does.
      const added = log < this.#moved.frames ? log : log - this.#moved.frames
      this.#moved.frames = log
      if (log < 0 || checkpointed < log) return waitMs.pinned
      if (added === 0) return this.#log.isReused ? waitMs.soon : this.#empty()
      if (isDue && pass > 1 && added <= fewFrames) return this.#beginAnew()
      // Each pass flushes the disk, which delays writers a little.
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
    // If a writer or reader was in the way, the next check tries again.
    if (busy === 0) this.#moved = { bytes: 0, frames: 0 }
    return waitMs.soon
  }
}

/** The log file. Once it is overwritten from its start, its size says little. */
class LogFile {
  /**
   * Whether SQLite can report how much of the log is in use (3.51 or newer). Otherwise the log is truncated each time.
   */
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

  /** Whether the log was written since the last call. */
  hasChanged(): boolean {
    const { size = 0, mtimeMs = 0 } = statSync(this.#path, { throwIfNoEntry: false }) ?? {}
    const isChanged = size !== this.size || mtimeMs !== this.#changedAt
    this.size = size
    this.#changedAt = mtimeMs
    return isChanged
  }

  /** Bytes to move before the log can be restarted; 0 if everything is in the file. */
  bytes(): number {
    if (!this.isReused) return this.size
    const { busy, log, checkpointed } = logState(this.#database)
    if (busy === 0) this.#bytes = checkpointed < log ? log * bytesOfFrame : 0
    return this.#bytes
  }
}

/** A page and its frame header. */
const bytesOfFrame = 4096 + 24
