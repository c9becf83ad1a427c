import { noteChanges } from '../carrying/changed-rows.ts'
import type { Database } from '../database/database.ts'
import { unusable } from '../database/errors.ts'
import { openDatabase, prepareFile } from '../open.ts'
import { type FileIds, idsAt, realPathOf } from './file-ids.ts'
import { awaitOwnLog } from './foreign-log.ts'

/** An open database, and the identities of its files. */
export interface OpenFile {
  readonly database: Database
  /** The path with links resolved. */
  readonly base: string
  readonly ids: FileIds
}

const tries = 5

/** Opens the file at the path and records which file it is, even if it is replaced at the same moment. */
export function openFileAt(path: string, busyTimeoutMs: number): OpenFile {
  for (let tried = 1; ; tried++) {
    awaitOwnLog(path)
    prepareFile(path)
    const base = realPathOf(path)
    const before = idsAt(path, base)
    const database = openDatabase(path, busyTimeoutMs)
    const ids = idsAt(path, base)
    if (ids.main === before.main && ids.main && ids.log && ids.logIndex) {
      noteChanges(database)
      return { database, base, ids }
    }
    database.close()
    if (tried === tries) throw unusable(database.name, moving)
  }
}

const moving = 'the file or its log keeps being replaced or removed. Stop what does this, then try again'
