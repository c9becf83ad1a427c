import { RuntapeError, type TapeRecord } from '@runtape/core'
import { messageOf, realNow } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import { recordName, sampleOfRecord } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { isOfOneRecord, lockedByOther } from '../database/errors.ts'
import { countRecord } from '../health/health-counts.ts'
import { SetAsideFile, type SetAsideLine } from './set-aside-file.ts'

/** A record that could not be stored normally. */
export interface SetAsideRecord {
  /** Its id for `retry` and `drop`. */
  readonly id: string
  /** Where it could not be stored. */
  readonly origin: 'store' | 'outbox'
  /** When it was set aside, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly reason: string
  /** A description of the record for people. */
  readonly name: string
  /** The record as JSON, or what is left of it. */
  readonly json: string
}

/** The results of a retry. */
export interface SetAsideRetry extends AppendReceipt {
  /** Put back into the outbox, to be sent. */
  readonly queued: number
  /** Still set aside, with the reason. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[]
}

/** Records that could not be stored normally. They are kept separately and do not block others. */
export interface SetAside {
  /**
   * Keeps a record in the table `set_aside` of the file, or else in `<file>.set-aside.ndjson`.
   *
   * @throws {RuntapeError} `store-unusable` if the database accepts nothing at all, or another process is writing at
   *   this moment
   */
  put(record: TapeRecord, reason: string): void
  list(): readonly SetAsideRecord[]
  /** Stores them normally, and puts those of an outbox back into it. Default: all. */
  retry(ids?: readonly string[]): Promise<SetAsideRetry>
  /** Deletes them permanently, and returns how many there were. Default: all. */
  drop(ids?: readonly string[]): Promise<number>
}

type Row = SetAsideLine & { readonly id: number }
type Held = SetAsideLine & { readonly id: string }
type Append = (records: readonly TapeRecord[]) => Promise<AppendReceipt>

const insertSql = 'INSERT INTO set_aside (origin, at, reason, record_json) VALUES (?, ?, ?, ?)'

/** Adds texts of records to the table, including those of an outbox. */
export function insertSetAside(database: Database, { origin, at, reason, record_json }: SetAsideLine): void {
  database.run(insertSql, origin, at, reason, record_json)
}

/** @param path of the database file, if it has one */
export function setAsideOf(database: Database, path: string | undefined, append: Append): SetAside {
  const file = path === undefined ? undefined : new SetAsideFile(path)
  const held = (): Held[] => [
    ...database
      .all<Row>('SELECT id, origin, at, reason, record_json FROM set_aside ORDER BY id')
      .map(row => ({ ...row, id: String(row.id) })),
    ...(file?.lines() ?? []).map((line, index) => ({ ...line, id: fileId(index) })),
  ]
  return {
    put: (record, reason) => put(database, file, record, reason),
    list: () => held().map(shown),
    retry: async ids => {
      const result = newRetry()
      await settle(database, file, ids, async each => retryOne(database, append, each, result))
      return result
    },
    drop: async ids => {
      let dropped = 0
      await settle(database, file, ids, async () => ++dropped > 0)
      return dropped
    },
  }
}

const filePrefix = 'file-'

const fileId = (index: number): string => `${filePrefix}${index + 1}`

function put(database: Database, file: SetAsideFile | undefined, record: TapeRecord, reason: string): void {
  const line = { origin: 'store', at: realNow(), reason, record_json: textOf(record) } as const
  try {
    // Without waiting: callers must not block the event loop.
    const isKept = database.transactionNow(() => {
      insertSetAside(database, line)
      countRecord(database, 'set-aside', sampleOfRecord(record, { at: line.at, reason }))
      return true
    })
    if (!isKept) throw lockedByOther(database.name)
  } catch (error) {
    // If the database accepts nothing at all, the record is not at fault.
    if (!isOfOneRecord(error) || file === undefined) throw error
    file.append([line])
    countQuietly(database, record, line)
  }
}

/** If the database accepts no writes, the count lacks this record; the record itself is in the file. */
function countQuietly(database: Database, record: TapeRecord, { at, reason }: SetAsideLine): void {
  try {
    database.transactionNow(() => countRecord(database, 'set-aside', sampleOfRecord(record, { at, reason })))
  } catch {
    // Another process is writing, or the disk is full.
  }
}

function textOf(record: TapeRecord): string {
  try {
    return JSON.stringify(record)
  } catch (error) {
    throw new RuntapeError(
      'record-too-large',
      `${recordName(record)} is not valid text: ${messageOf(error)}.`,
      {
        cause: error,
      },
    )
  }
}

function shown({ id, origin, at, reason, record_json }: Held): SetAsideRecord {
  return { id, origin, at, reason, name: nameOf(record_json), json: record_json }
}

function nameOf(json: string): string {
  try {
    return recordName(JSON.parse(json))
  } catch {
    return 'a damaged record'
  }
}

type MutableRetry = { -readonly [K in keyof SetAsideRetry]: SetAsideRetry[K] }

const newRetry = (): MutableRetry => ({
  accepted: 0,
  duplicates: 0,
  conflicts: 0,
  conflicting: [],
  queued: 0,
  failed: [],
})

/** Returns whether it is now stored normally. */
async function retryOne(
  database: Database,
  append: Append,
  each: Held,
  result: MutableRetry,
): Promise<boolean> {
  try {
    const record = JSON.parse(each.record_json) as TapeRecord
    if (each.origin === 'outbox') {
      result.queued += queue(database, each)
      return true
    }
    const { accepted, duplicates, conflicts, conflicting } = await append([record])
    result.accepted += accepted
    result.duplicates += duplicates
    result.conflicts += conflicts
    result.conflicting = [...result.conflicting, ...conflicting]
    return true
  } catch (error) {
    result.failed = [...result.failed, { id: each.id, reason: messageOf(error) }]
    return false
  }
}

/** Puts a record back into the outbox, unless it was erased since it was read. Returns how many were put back. */
function queue(database: Database, { id, record_json }: Held): number {
  const insert = 'INSERT INTO outbox (event_json, leased_until)'
  if (id.startsWith(filePrefix)) return database.run(`${insert} VALUES (?, 0)`, record_json)
  return database.run(`${insert} SELECT record_json, 0 FROM set_aside WHERE id = ?`, Number(id))
}

/** Removes records for which `isSettled` returns true, one by one. After a crash, the others are still set aside. */
async function settle(
  database: Database,
  file: SetAsideFile | undefined,
  ids: readonly string[] | undefined,
  isSettled: (each: Held) => Promise<boolean>,
): Promise<void> {
  const isMeant = (id: string) => ids === undefined || ids.includes(id)
  for (const row of database.all<Row>(
    'SELECT id, origin, at, reason, record_json FROM set_aside ORDER BY id',
  )) {
    const id = String(row.id)
    if (isMeant(id) && (await isSettled({ ...row, id })))
      database.run('DELETE FROM set_aside WHERE id = ?', row.id)
  }
  await file?.replace(async lines => {
    const kept: SetAsideLine[] = []
    for (const [index, line] of lines.entries()) {
      const id = fileId(index)
      if (!isMeant(id) || !(await isSettled({ ...line, id }))) kept.push(line)
    }
    return kept
  })
}
