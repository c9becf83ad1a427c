import type { RecordIdentity, TapeRecord } from '@runtape/core'
import { messageOf, realNow } from '@runtape/core/internal'
import { Writer } from '../append/writer.ts'
import type { Database } from '../database/database.ts'
import { isOfOneRecord } from '../database/errors.ts'
import type { SqlValue } from '../database/handle.ts'
import { otherWork } from '../database/other-work.ts'
import { type Marks, noMarks } from '../files/file-marks.ts'
import { type EventRow, eventOfRow } from '../records/event-rows.ts'
import { type SpanRow, selectSpanSql, spanOfRow } from '../records/span-rows.ts'
import { Tombstones } from '../removal/tombstones.ts'
import { insertSetAside } from '../set-aside/set-aside.ts'
import type { SetAsideLine } from '../set-aside/set-aside-file.ts'
import type { CarriedKind, CarriedRow } from './carried-row.ts'
import { carriedBudgets } from './carry-budgets.ts'
import { carriedCohorts } from './carry-cohorts.ts'
import { carriedHealth } from './carry-health.ts'
import { carriedReviews } from './carry-reviews.ts'
import { carriedTestRuns } from './carry-test-runs.ts'
import { carriedViews } from './carry-views.ts'
import { OldFile, type Unreadable } from './old-file.ts'

/** What was copied from a file that is no longer at its path into the file that is now there. */
export interface Carried {
  records: number
  /** Hashes of removed records. */
  tombstones: number
  /** Events waiting to be sent. */
  waiting: number
  /** Counts of everything else that was copied. */
  readonly copied: Partial<Record<CarriedKind, number>>
  /** Counts of what could not be copied. Each is set aside by its name. */
  readonly lost: Partial<Record<CarriedKind, number>>
  /** The first reason why something could not be read, if any. */
  problem: string | undefined
}

/** What is copied besides records, in this order. */
const carriedRows = [
  carriedTestRuns,
  carriedReviews,
  carriedCohorts,
  carriedViews,
  carriedBudgets,
  carriedHealth,
] as const

const lostReason =
  'it was written into a file that was replaced, and the file now at the path has something else in its place'

/** Rows read at a time. */
const atOnce = 64

/**
 * Copies what was written after `marks`, and the records that were duplicates since. Record identities make this
 * idempotent: each process that has the old file open does it. Tombstones are copied first, so that removed records do
 * not come back.
 */
export function carryOver(
  old: Database,
  next: Database,
  marks: Marks,
  known: readonly RecordIdentity[],
): Carried {
  const copy = new Copy(old, next, { marks, isWhole: false })
  for (const _ of copy.records(known));
  copy.outbox()
  return copy.carried
}

/**
 * Copies everything readable in a damaged file except its outbox, a few records at a time. Other work of the process
 * runs in between.
 *
 * @throws {RuntapeError} when the next file accepts no more records
 */
export async function carryRest(damaged: Database, next: Database): Promise<Carried> {
  const copy = new Copy(damaged, next, { marks: noMarks, isWhole: true })
  for (const _ of copy.records([])) await otherWork()
  return copy.carried
}

class Copy {
  readonly carried: Carried = {
    records: 0,
    tombstones: 0,
    waiting: 0,
    copied: {},
    lost: {},
    problem: undefined,
  }
  readonly #old: Database
  readonly #file: OldFile
  readonly #next: Database
  readonly #writer: Writer

  constructor(old: Database, next: Database, { marks, isWhole }: Pick<OldFile, 'marks' | 'isWhole'>) {
    this.#old = old
    this.#file = new OldFile(old, marks, isWhole, (place, error) => this.#unreadable(place, error))
    this.#next = next
    this.#writer = new Writer(next)
  }

  /** Copies everything except the outbox, one batch per step. */
  *records(known: readonly RecordIdentity[]): Generator<void> {
    const { marks } = this.#file
    this.#tombstones()
    yield* this.#copied(this.#eventsAfter(marks.events))
    yield* this.#copied(this.#pricedAfter(marks.prices))
    yield* this.#copied(this.#spansAfter(marks.spans))
    yield* this.#copied(found(this.#old, known))
    for (const rows of carriedRows) yield* this.#rows(rows(this.#file))
    this.#setAsideAfter(marks.setAside)
  }

  #tombstones(): void {
    const target = new Tombstones(this.#next)
    type Row = { name: string; until: number | null; keeps_totals: number }
    const rows = this.#read<Row>('SELECT name, until, keeps_totals FROM tombstones')
    this.carried.tombstones = rows.length
    this.#inTransaction(rows, ({ name, until, keeps_totals }) =>
      target.bury(name, { until, keepsTotals: keeps_totals === 1 }),
    )
  }

  /** @param batches its iterator throws if the old file cannot be read; the remaining batches are then lost */
  *#copied(batches: Iterable<readonly StoredRecord[]>): Generator<void> {
    const iterator = batches[Symbol.iterator]()
    for (;;) {
      const batch = this.#tryToRead(() => iterator.next())
      if (batch === undefined || batch.done) return
      const records = batch.value.flatMap(stored => this.#recordOf(stored) ?? [])
      if (records.length > 0) this.#write(records)
      this.carried.records += records.length
      yield
    }
  }

  *#rows(rows: Iterable<CarriedRow>): Generator<void> {
    for (const { kind, name = 'of unknown name', write } of rows) {
      const fate = this.#next.transaction(() => write(this.#next))
      if (fate === 'lost') this.#setAside({ [kind ?? 'rows']: name, of: this.#old.name }, lostReason)
      if (fate !== 'known' && kind) this.carried[fate][kind] = (this.carried[fate][kind] ?? 0) + 1
      yield
    }
  }

  #setAsideAfter(after: number): void {
    const sql = 'SELECT origin, at, reason, record_json FROM set_aside WHERE id > ?'
    this.#inTransaction(this.#read<SetAsideLine>(sql, after), row => this.#putAside(row))
  }

  /** Another process may have copied it. */
  #putAside(row: SetAsideLine): void {
    const sql = 'SELECT 1 FROM set_aside WHERE origin = ? AND at = ? AND reason = ? AND record_json = ?'
    if (this.#next.get(sql, row.origin, row.at, row.reason, row.record_json) === undefined)
      insertSetAside(this.#next, row)
  }

  /**
   * Copies the whole outbox: these events exist nowhere else. Deletes them from the old file, so that no other process
   * copies them too.
   */
  outbox(): void {
    const sql = 'SELECT id, event_json, leased_until FROM outbox WHERE id > ? ORDER BY id LIMIT ?'
    for (const rows of this.#file.batches<WaitingRow>('outbox', sql, 0)) {
      this.#inTransaction(rows, row =>
        this.#next.run(
          'INSERT INTO outbox (event_json, leased_until) VALUES (?, ?)',
          row.event_json,
          row.leased_until,
        ),
      )
      this.carried.waiting += rows.length
      for (const { id } of rows) this.#tryToRead(() => this.#old.run('DELETE FROM outbox WHERE id = ?', id))
    }
  }

  #unreadable({ table, from, to }: Parameters<Unreadable>[0], error: unknown): void {
    const reason = `what is kept in ${table === 'outbox' ? 'the outbox' : table} here cannot be read: ${messageOf(error)}`
    this.carried.problem ??= messageOf(error)
    this.#setAside({ [table]: this.#old.name, from, to }, reason, table === 'outbox' ? 'outbox' : 'store')
  }

  *#eventsAfter(after: number): Generator<StoredRecord[]> {
    const sql = 'SELECT * FROM run_events WHERE id > ? ORDER BY id LIMIT ?'
    // An empty run id marks a placeholder for the newest event, which was removed.
    for (const rows of this.#file.batches<StoredEvent>('run_events', sql, after))
      yield rows.filter(row => row.run_id !== '').map(storedEvent)
  }

  /** Events whose price arrived later. */
  *#pricedAfter(after: number): Generator<StoredRecord[]> {
    const sql = `SELECT run_events.*, event_prices.cost_nano_usd AS nano_usd,
        event_prices.price_list AS list, event_prices.id AS id
      FROM event_prices JOIN run_events ON run_events.id = event_id
      WHERE event_prices.id > ? ORDER BY event_prices.id LIMIT ?`
    for (const rows of this.#file.batches<PricedEvent>('event_prices', sql, after))
      yield rows.map(({ nano_usd, list, ...row }) =>
        storedEvent({ ...row, cost_nano_usd: nano_usd, price_list: list }),
      )
  }

  *#spansAfter(after: number): Generator<StoredRecord[]> {
    const sql = 'SELECT id, trace_id, span_id FROM span_rows WHERE id > ? ORDER BY id LIMIT ?'
    for (const rows of this.#file.batches<SpanName>('span_rows', sql, after))
      for (const row of rows.filter(({ trace_id }) => trace_id !== ''))
        yield [{ row, read: () => readSpan(this.#old, row.trace_id, row.span_id) }]
  }

  /** A damaged row does not stop the others. */
  #recordOf({ row, read }: StoredRecord): TapeRecord | undefined {
    try {
      return read()
    } catch (error) {
      const reason = `the contents of the replaced file cannot be read: ${messageOf(error)}`
      this.#setAside(row, reason)
      return undefined
    }
  }

  #setAside(record: unknown, reason: string, origin: 'store' | 'outbox' = 'store'): void {
    const line = { origin, at: realNow(), reason, record_json: JSON.stringify(record) } as const
    insertSetAside(this.#next, line)
  }

  #write(batch: readonly TapeRecord[]): void {
    try {
      this.#writer.writeAll(batch)
    } catch (error) {
      if (!isOfOneRecord(error)) throw error
      for (const record of batch) this.#writeOne(record)
    }
  }

  #writeOne(record: TapeRecord): void {
    try {
      this.#writer.writeAll([record])
    } catch (error) {
      if (!isOfOneRecord(error)) throw error
      this.#setAside(record, messageOf(error))
    }
  }

  #inTransaction<Row>(rows: readonly Row[], work: (row: Row) => unknown): void {
    for (let at = 0; at < rows.length; at += 16 * atOnce)
      this.#next.transaction(() => rows.slice(at, at + 16 * atOnce).forEach(work))
  }

  #read<Row>(sql: string, ...params: SqlValue[]): readonly Row[] {
    return this.#tryToRead(() => this.#old.all<Row>(sql, ...params)) ?? []
  }

  /** The old file may be damaged: whatever can be read is copied. */
  #tryToRead<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.carried.problem ??= messageOf(error)
      return undefined
    }
  }
}

/** A row of the old file, and how to read its record. */
interface StoredRecord {
  readonly row: unknown
  /** `undefined` if it no longer exists. */
  read(): TapeRecord | undefined
}

type StoredEvent = EventRow & { readonly id: number }
type PricedEvent = StoredEvent & {
  readonly nano_usd: number
  readonly list: string
}

interface SpanName {
  readonly id: number
  readonly trace_id: string
  readonly span_id: string
}

/** A row of the outbox. */
interface WaitingRow {
  readonly id: number
  readonly event_json: string
  readonly leased_until: number
}

const storedEvent = (row: EventRow): StoredRecord => ({ row, read: () => eventOfRow(row) })

function readSpan(old: Database, traceId: string, spanId: string): TapeRecord | undefined {
  const row = old.get<SpanRow>(selectSpanSql, traceId, spanId)
  return row && spanOfRow(row)
}

function* found(old: Database, known: readonly RecordIdentity[]): Generator<StoredRecord[]> {
  for (const each of known)
    yield each.kind === 'span' ? spanIn(old, each.traceId, each.spanId) : eventIn(old, each)
}

const spanIn = (old: Database, traceId: string, spanId: string): StoredRecord[] => [
  { row: { trace_id: traceId, span_id: spanId }, read: () => readSpan(old, traceId, spanId) },
]

type EventIdentity = Extract<RecordIdentity, { readonly kind: 'run-event' }>

const eventIn = (old: Database, { runId, metric, replayTraceId = '' }: EventIdentity): StoredRecord[] =>
  old
    .all<EventRow>(
      'SELECT * FROM run_events WHERE run_id = ? AND metric = ? AND replay_trace_id = ?',
      runId,
      metric,
      replayTraceId,
    )
    .map(storedEvent)
