import { type AppendReceipt, RuntapeError, type TapeRecord } from '@runtape/core'
import { messageOf, realNow } from '@runtape/core/internal'
import { recordName } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { isOfOneRecord, lockedByOther } from '../database/errors.ts'
import { SetAsideFile, type SetAsideLine } from './set-aside-file.ts'

/** A record that could not be written in its place. */
export interface SetAsideRecord {
  /** Names it for `retry` and `drop`. */
  readonly id: string
  /** Where it could not be written. */
  readonly origin: 'store' | 'outbox'
  /** When it was set aside, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly reason: string
  /** Which record it is, for people. */
  readonly name: string
  /** The record as JSON, or what is left of it. */
  readonly json: string
}

/** What became of records that were tried again. */
export interface SetAsideRetry extends AppendReceipt {
  /** Put back into the outbox, to be sent. */
  readonly queued: number
  /** Still set aside, and why. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[]
}

/** Records that stand beside the others because they alone could not be written: they hold up nothing, and are kept. */
export interface SetAside {
  /**
   * Keeps a record in the table `set_aside` of the file, or else in `<file>.set-aside.ndjson`.
   *
   * @throws {RuntapeError} `store-unusable` when the database takes nothing at all, or another one writes at this moment
   */
  put(record: TapeRecord, reason: string): void
  list(): readonly SetAsideRecord[]
  /** Writes them in their place, and those of an outbox back into it. Default: all. */
  retry(ids?: readonly string[]): Promise<SetAsideRetry>
  /** Forgets them for good, and returns how many there were. Default: all. */
  drop(ids?: readonly string[]): Promise<number>
}

type Row = SetAsideLine & { readonly id: number }
type Held = SetAsideLine & { readonly id: string }
type Append = (records: readonly TapeRecord[]) => Promise<AppendReceipt>

const insertSql = 'INSERT INTO set_aside (origin, at, reason, record_json) VALUES (?, ?, ?, ?)'

/** Keeps texts of records in the table: those of an outbox too. */
export function insertSetAside(database: Database, { origin, at, reason, record_json }: SetAsideLine): void {
  database.run(insertSql, origin, at, reason, record_json)
}

/** @param path the file of the database, where it has one */
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

const fileId = (index: number): string => `file-${index + 1}`

function put(database: Database, file: SetAsideFile | undefined, record: TapeRecord, reason: string): void {
  const line = { origin: 'store', at: realNow(), reason, record_json: textOf(record) } as const
  try {
    // Without waiting: it is called where the event loop must not be held.
    const isKept = database.transactionNow(() => {
      insertSetAside(database, line)
      return true
    })
    if (!isKept) throw lockedByOther(database.name)
  } catch (error) {
    // A database that takes nothing at all is another matter: nothing is wrong with the record.
    if (!isOfOneRecord(error) || file === undefined) throw error
    file.append([line])
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

/** Whether it is in its place now. */
async function retryOne(
  database: Database,
  append: Append,
  each: Held,
  result: MutableRetry,
): Promise<boolean> {
  try {
    const record = JSON.parse(each.record_json) as TapeRecord
    if (each.origin === 'outbox') {
      database.run('INSERT INTO outbox (event_json, leased_until) VALUES (?, 0)', each.record_json)
      result.queued++
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

/** Takes away what `isSettled` says yes of, one by one: what a crash interrupts is there again. */
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
