import { RuntapeError, type TapeRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { recordName } from '@runtape/core/store-helpers'

/** SQLite's primary result codes that a store can encounter (https://www.sqlite.org/rescode.html). */
const code = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  tooBig: 18,
  notDatabase: 26,
  constraint: 19,
} as const

const codesByName: Readonly<Record<string, number>> = {
  SQLITE_BUSY: code.busy,
  SQLITE_LOCKED: code.locked,
  SQLITE_READONLY: code.readOnly,
  SQLITE_CORRUPT: code.corrupt,
  SQLITE_FULL: code.full,
  SQLITE_CANTOPEN: code.cannotOpen,
  SQLITE_NOTADB: code.notDatabase,
  SQLITE_CONSTRAINT: code.constraint,
  SQLITE_TOOBIG: code.tooBig,
}

const locked =
  'another process keeps it locked. End the transaction that it holds open (a database browser?), then try again'

const reasons: Readonly<Record<number, string>> = {
  [code.busy]: locked,
  [code.locked]: locked,
  [code.readOnly]:
    'it is read-only. Allow this user to write to the file and to its directory, or pass another path',
  [code.corrupt]: 'the file is damaged. Move it away or put a backup in its place, then start again',
  [code.full]: 'the disk is full. Free some space, then try again',
  [code.cannotOpen]:
    'the file cannot be opened or created. Pass the path of a file, in a directory that this user may write to',
  [code.notDatabase]: 'the file is not an SQLite database. Move it away, or pass another path',
}

/** The error for a store that cannot be used: where it is, why, and what to do. */
export function unusable(name: string, reason: string, cause?: unknown): RuntapeError {
  return new RuntapeError('store-unusable', `The store ${name} cannot be used: ${reason}.`, { cause })
}

/** The error for a store that another process has locked. */
export const lockedByOther = (name: string): RuntapeError => unusable(name, locked)

/** The error for a store that was closed. */
export function closed(name: string): RuntapeError {
  const next = 'Open it again with sqliteStore, or close it later'
  return new RuntapeError('store-closed', `The store ${name} was closed. ${next}.`)
}

/** Converts whatever a database threw to an error of the store. Returns a `RuntapeError` unchanged. */
export function asStoreError(name: string, thrown: unknown): RuntapeError {
  if (RuntapeError.isInstance(thrown)) return thrown
  if (isUnfit(thrown)) {
    return new RuntapeError(
      'invalid-record',
      `A record for ${name} lacks a required field or has one of the wrong type (${messageOf(thrown)}). It was not kept; parseRecord of @runtape/schemas names the field.`,
      { cause: thrown },
    )
  }
  if (primaryCode(thrown) === code.tooBig) {
    return new RuntapeError(
      'record-too-large',
      `A record for ${name} is larger than SQLite allows. It was not kept; limit payloads with maxPayloadBytes.`,
      { cause: thrown },
    )
  }
  const reason = isInTransaction(thrown) ? ownTransaction : reasons[primaryCode(thrown) ?? -1]
  return unusable(name, reason ?? `${messageOf(thrown)}. Check the file and its disk`, thrown)
}

/** The error for a handle with an open transaction of the application: its rollback would lose what the store writes. */
export const inForeignTransaction = (name: string): RuntapeError => unusable(name, ownTransaction)

const ownTransaction =
  'the application has an open transaction on this handle. Commit it first, or pass the path of the file, so that the store opens its own handle'

const isInTransaction = (thrown: unknown): boolean =>
  messageOf(thrown).includes('cannot start a transaction within a transaction')

/** The error for a record that the store already has but cannot read. It cannot tell a duplicate from a conflict. */
export function damaged(name: string, record: TapeRecord, thrown: unknown): RuntapeError {
  const cause = RuntapeError.isInstance(thrown) ? (thrown.cause ?? thrown) : thrown
  if (RuntapeError.isInstance(cause) || primaryCode(cause) !== undefined) return asStoreError(name, thrown)
  return new RuntapeError(
    'damaged-record',
    `The store ${name} already has ${recordName(record)}, but cannot read it (${messageOf(cause)}). The stored record was not changed.`,
    { cause },
  )
}

/** Whether a value had a type that its column does not accept. */
function isUnfit(thrown: unknown): boolean {
  return thrown instanceof TypeError || primaryCode(thrown) === code.constraint
}

/** Whether only this record is at fault, so that the store may accept others. */
export const isOfOneRecord = (error: unknown): boolean =>
  RuntapeError.isInstance(error) && ofOneRecord.has(error.code)

const ofOneRecord: ReadonlySet<string> = new Set(['invalid-record', 'damaged-record', 'record-too-large'])

/** Whether SQLite found that the file is damaged. */
export function isDamage(error: unknown): boolean {
  const primary = primaryCode((error as { cause?: unknown } | undefined)?.cause ?? error)
  return primary === code.corrupt || primary === code.notDatabase
}

/** Whether another connection has the lock. */
export function isBusy(thrown: unknown): boolean {
  const primary = primaryCode(thrown)
  return primary === code.busy || primary === code.locked
}

/** `node:sqlite` reports the extended code as a number; better-sqlite3 reports its name. */
function primaryCode(thrown: unknown): number | undefined {
  const { errcode, code: name } = (thrown ?? {}) as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') return errcode & 0xff
  if (typeof name !== 'string') return undefined
  return codesByName[name.split('_', 2).join('_')]
}
