import { renameSync, rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { RecordIdentity, RuntapeError } from '@runtape/core'
import { messageOf, monotonicNow, realNow, realTimers } from '@runtape/core/internal'
import { copiedNote, restNote } from '../carrying/carried-note.ts'
import { carryRest } from '../carrying/carry-over.ts'
import { forgetChangedRows, hasChangedRows } from '../carrying/changed-rows.ts'
import type { Database } from '../database/database.ts'
import { asStoreError, unusable } from '../database/errors.ts'
import { openReadOnly } from '../open.ts'
import { followUntilExit } from './at-exit.ts'
import { type FileIds, idsAt } from './file-ids.ts'
import { type Marks, noMarks, readMarks } from './file-marks.ts'
import { FileNotes } from './file-notes.ts'
import { LogRenewal } from './log-renewal.ts'
import { moveOn } from './move-on.ts'
import { type OpenFile, openFileAt } from './open-file.ts'

/** How often to check the file while idle. */
const everyMs = 500
/** How often to check while busy, and how soon after a use. A check takes about 20 µs. */
const whileBusyMs = 50
const afterUseMs = 20
/** Applies even if the clock stands still. */
const usesBetweenLooks = 64

/** What uses the database of a file. `leave` is called after that database was closed. */
export interface FileUser<Opened> {
  open(database: Database): Opened
  leave(opened: Opened): void
}

/**
 * A database file that is followed. Within a second it notices when the file or its log is removed, replaced or
 * emptied. It then copies what was written since the last check from the file that is still open, and continues with
 * the file that is now at the path. Until that succeeds, it accepts nothing.
 */
export class FollowedFile<Opened> {
  readonly notes = new FileNotes()
  readonly #path: string
  readonly #busyTimeoutMs: number
  readonly #user: FileUser<Opened>
  readonly #timer: NodeJS.Timeout
  readonly #forget: () => void
  #file: OpenFile
  #opened: Opened
  #marks: Marks
  /** Records reported as already stored since the last check. */
  #known: RecordIdentity[] = []
  #lastLook = 0
  #uses = 0
  #looksAlways = false
  #looksSoon = false
  #isLooking = false
  #isClosed = false
  #isEmptied = false
  #renewal: LogRenewal | undefined
  /** Why nothing is accepted at the moment. */
  #problem: RuntapeError | undefined

  constructor(path: string, busyTimeoutMs: number, user: FileUser<Opened>) {
    this.#path = path
    this.#busyTimeoutMs = busyTimeoutMs
    this.#user = user
    this.#file = openFileAt(path, busyTimeoutMs)
    this.#marks = readMarks(this.#file.database) ?? noMarks
    this.#opened = user.open(this.#file.database)
    this.#timer = realTimers.setInterval(() => this.look(), everyMs).unref()
    const lookAlways = () => {
      this.#looksAlways = true
      this.look()
    }
    this.#forget = followUntilExit({ look: () => this.look(), lookAlways })
  }

  /** @throws {RuntapeError} `store-unusable` while there is no file to work on */
  use(): Opened {
    const isTime = ++this.#uses >= usesBetweenLooks || monotonicNow() - this.#lastLook >= whileBusyMs
    if (isTime || this.#looksAlways || this.#problem !== undefined) this.#lookAgain(true)
    else this.#lookSoon()
    if (this.#problem !== undefined) throw this.#problem
    return this.#opened
  }

  /** Retries work that was interrupted because the file changed. */
  async using<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    for (;;) {
      const opened = this.use()
      try {
        return await work(opened)
      } catch (error) {
        if (opened === this.#opened && this.#problem === undefined) throw error
      }
    }
  }

  /** What uses the file, regardless of the state of the file. */
  get opened(): Opened {
    return this.#opened
  }

  /** Remembers records that were reported as already stored: they must be copied into the next file, too. */
  known(identities: readonly RecordIdentity[]): void {
    this.#known.push(...identities)
  }

  /** Checks for the last time. */
  close(): Opened {
    if (this.#isClosed) return this.#opened
    this.look()
    this.#isClosed = true
    realTimers.clearInterval(this.#timer)
    this.#forget()
    return this.#opened
  }

  /** Never throws. `use()` reports the problem. */
  look(): void {
    this.#lookAgain(false)
  }

  /** Checks soon that the file which was just written is still in place. */
  #lookSoon(): void {
    if (this.#looksSoon) return
    this.#looksSoon = true
    realTimers.setTimeout(() => this.look(), afterUseMs).unref()
  }

  /** @param isUsed whether a file is needed now */
  #lookAgain(isUsed: boolean): void {
    if (this.#isLooking || this.#isClosed) return
    this.#isLooking = true
    this.#looksSoon = false
    this.#uses = 0
    try {
      this.#look(isUsed)
    } catch (error) {
      this.#problem = asStoreError(this.#file.database.name, error)
    } finally {
      this.#isLooking = false
      this.#lastLook = monotonicNow()
    }
  }

  #look(isUsed: boolean): void {
    // Read before the check: everything up to these marks is in the file that the check finds.
    const marks = readMarks(this.#file.database)
    const ids = this.#readIds()
    if (ids === undefined) return
    if (ids.main === undefined && !isUsed && !this.#hasToCarry(marks)) return
    if (ids.main !== this.#file.ids.main) return this.#moveOn(ids)
    if (ids.size === 0 && this.#file.ids.size > 0) return this.#meetEmptied()
    const isLogSame = ids.log === this.#file.ids.log && ids.logIndex === this.#file.ids.logIndex
    if (!isLogSame || this.#renewal) return this.#renewLog()
    this.#file = { ...this.#file, ids }
    this.#isEmptied = false
    this.#problem = undefined
    if (marks === undefined) return
    this.#marks = marks
    this.#known = []
    forgetChangedRows(this.#file.database)
  }

  /** `undefined` if this user may not read the directory. The open file then stays in use. */
  #readIds(): FileIds | undefined {
    try {
      return idsAt(this.#path, this.#file.base)
    } catch {
      return undefined
    }
  }

  /**
   * Moves a damaged file aside, and continues in a new one with everything readable.
   *
   * @returns whether that was possible
   */
  leaveDamaged(): boolean {
    const { base } = this.#file
    const aside = `${base}.damaged-${realNow()}`
    try {
      renameSync(base, aside)
    } catch {
      return false
    }
    this.notes.add(`${this.#file.database.name} is damaged, and was moved to "${aside}".`)
    this.#lookAgain(true)
    if (this.#problem !== undefined) return false
    void this.#carryRest(aside)
    return true
  }

  /** Copies older records too, because a store can be in the same file. */
  async #carryRest(aside: string): Promise<void> {
    const { database: next } = this.#file
    try {
      const { database: damaged } = openReadOnly(aside)
      const carried = await carryRest(damaged, next).finally(() => damaged.close())
      const note = restNote(carried, aside, next.name)
      if (note !== undefined) this.notes.add(note)
    } catch (error) {
      this.notes.add(`Not everything readable in "${aside}" was copied: ${messageOf(error)}`)
    }
  }

  /** A file that was removed is not created again unless it is needed. */
  #hasToCarry(marks: Marks | undefined): boolean {
    if (this.#known.length > 0 || marks === undefined || marks.waiting) return true
    return !isDeepStrictEqual(marks, this.#marks) || hasChangedRows(this.#file.database)
  }

  #moveOn({ main }: FileIds): void {
    const next = { path: this.#path, busyTimeoutMs: this.#busyTimeoutMs }
    const moved = moveOn(this.#file, next, this.#marks, this.#known)
    if (moved === undefined)
      return this.#fail('the file was replaced, and another process has the old one locked')
    const what = main === undefined ? 'was removed' : 'was replaced'
    this.#switchTo(moved.next)
    this.notes.add(`${moved.next.database.name} ${what} while it was open. ${copiedNote(moved.carried)}`)
  }

  /** A copy over the file empties it first, so only a file that stays empty is abandoned. */
  #meetEmptied(): void {
    if (!this.#isEmptied) {
      this.#isEmptied = true
      return this.#fail('the file was emptied. Put a backup in its place, or wait a second for a new file')
    }
    rmSync(this.#file.base)
    this.#moveOn(this.#file.ids)
  }

  #renewLog(): void {
    this.#renewal ??= new LogRenewal(this.#file, this.#path, this.#busyTimeoutMs)
    const next = this.#renewal.try()
    if (next === undefined)
      return this.#fail(
        'its log was removed (-wal, -shm), and other processes have the file open. Wait until they have noticed, or close them',
      )
    this.#switchTo(next)
    this.notes.add(
      `The log of ${next.database.name} (-wal, -shm) was removed while it was open, and was created again.`,
    )
  }

  #switchTo(next: OpenFile): void {
    const { database } = this.#file
    this.#file = next
    this.#renewal = undefined
    this.#isEmptied = false
    this.#problem = undefined
    this.#known = []
    this.#marks = readMarks(next.database) ?? noMarks
    if (next.database === database) return
    database.close()
    const old = this.#opened
    this.#opened = this.#user.open(next.database)
    this.#user.leave(old)
  }

  #fail(problem: string): void {
    this.#problem = unusable(this.#file.database.name, problem)
  }
}
