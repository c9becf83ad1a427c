import type { RecordIdentity, TapeRecord } from '@runtape/core'
import { messageOf, realNow } from '@runtape/core/internal'
import { Writer } from '../append/writer.ts'
import type { Database } from '../database.ts'
import { isOfOneRecord } from '../errors.ts'
import { type EventRow, eventOfRow } from '../event-rows.ts'
import type { SqlValue } from '../handle.ts'
import { Tombstones } from '../removal/tombstones.ts'
import { insertSetAside } from '../set-aside/set-aside.ts'
import { type SpanRow, selectSpanSql, spanOfRow } from '../span-rows.ts'
import { readableRows } from './readable-rows.ts'

/** How far a database had been written. */
export interface Marks {
  readonly events: number
  readonly prices: number
  readonly spans: number
  readonly testRuns: number
  readonly setAside: number
  /** Whether events wait to be sent. */
  readonly waiting: boolean
}

const marksSql = `SELECT ${[
  ['events', 'run_events'],
  ['prices', 'event_prices'],
  ['spans', 'span_rows'],
  ['testRuns', 'test_runs'],
  ['setAside', 'set_aside'],
]
  .map(([name, table]) => `(SELECT coalesce(max(id), 0) FROM ${table}) AS ${name}`)
  .join(', ')}`

/** `undefined` where it cannot be read. */
export function readMarks(database: Database): Marks | undefined {
  try {
    return { ...(database.get<Omit<Marks, 'waiting'>>(marksSql) as Marks), waiting: isWaiting(database) }
  } catch {
    return undefined
  }
}

function isWaiting(database: Database): boolean {
  try {
    return database.get('SELECT 1 FROM outbox LIMIT 1') !== undefined
  } catch {
    // It is damaged. What can be read of it waits.
    return true
  }
}

/** What was carried from a file that is no longer at its path into the one that is. */
export interface Carried {
  records: number
  /** Hashes of what was removed. */
  tombstones: number
  /** Events that wait to be sent. */
  waiting: number
  /** Why something could not be read, if it could not. */
  problem: string | undefined
}

/** So many rows are read at a time. */
const atOnce = 64

/**
 * Copies what was written after `marks`, and the records that were found to be there since. Identities make it idempotent:
 * each process that has the old file open does it. What was removed is copied first, so that it does not come back.
 */
export function carryOver(
  old: Database,
  next: Database,
  marks: Marks,
  known: readonly RecordIdentity[],
): Carried {
  const copy = new Copy(old, next)
  copy.tombstones()
  copy.records(eventsAfter(old, marks.events))
  copy.records(pricedAfter(old, marks.prices))
  copy.records(spansAfter(old, marks.spans))
  copy.records(found(old, known))
  copy.testRuns(marks.testRuns)
  copy.setAside(marks.setAside)
  copy.outbox()
  return copy.carried
}

class Copy {
  readonly carried: Carried = { records: 0, tombstones: 0, waiting: 0, problem: undefined }
  readonly #old: Database
  readonly #next: Database
  readonly #writer: Writer

  constructor(old: Database, next: Database) {
    this.#old = old
    this.#next = next
    this.#writer = new Writer(next)
  }

  tombstones(): void {
    const target = new Tombstones(this.#next)
    type Row = { name: string; until: number | null; keeps_totals: number }
    const rows = this.#read<Row>('SELECT name, until, keeps_totals FROM tombstones')
    this.carried.tombstones = rows.length
    this.#inTransaction(rows, ({ name, until, keeps_totals }) =>
      target.bury(name, { until, keepsTotals: keeps_totals === 1 }),
    )
  }

  /** @param batches throws where the old file cannot be read: then the rest of them is not there any more */
  records(batches: Iterable<readonly StoredRecord[]>): void {
    const iterator = batches[Symbol.iterator]()
    for (;;) {
      const batch = this.#tryToRead(() => iterator.next())
      if (batch === undefined || batch.done) return
      const records = batch.value.flatMap(stored => this.#recordOf(stored) ?? [])
      if (records.length > 0) this.#write(records)
      this.carried.records += records.length
    }
  }

  testRuns(after: number): void {
    type Row = { id: number; test_run_id: string; status: string; completed_at: number | null }
    const rows = this.#read<Row & Record<string, SqlValue>>('SELECT * FROM test_runs')
    this.#inTransaction(rows, ({ id, ...row }) => {
      if (id > after) this.#insert('INSERT OR IGNORE INTO test_runs', row)
      this.#next.run(
        "UPDATE test_runs SET status = ?, completed_at = ? WHERE test_run_id = ? AND status = 'running'",
        row.status,
        row.completed_at,
        row.test_run_id,
      )
    })
    const isThere = ({ test_run_id }: Record<string, SqlValue>) =>
      this.#next.get('SELECT 1 FROM test_runs WHERE test_run_id = ?', test_run_id ?? null) !== undefined
    const verdicts = this.#read<Record<string, SqlValue>>('SELECT * FROM verdicts')
    this.#inTransaction(verdicts, row => isThere(row) && this.#insert('INSERT OR REPLACE INTO verdicts', row))
  }

  setAside(after: number): void {
    type Row = { origin: 'store' | 'outbox'; at: number; reason: string; record_json: string }
    const sql = 'SELECT origin, at, reason, record_json FROM set_aside WHERE id > ?'
    this.#inTransaction(this.#read<Row>(sql, after), row => insertSetAside(this.#next, row))
  }

  /** All of it: these events are nowhere else. They leave the old file, so that no other process copies them too. */
  outbox(): void {
    const skipped = (from: number, to: number | undefined, error: unknown) => {
      const reason = `what lies in the outbox here cannot be read: ${messageOf(error)}`
      this.carried.problem ??= messageOf(error)
      this.#setAside({ outbox: this.#old.name, from, to }, reason, 'outbox')
    }
    for (const rows of readableRows(this.#old, skipped)) {
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

  /** One row that is damaged stops none of the others. */
  #recordOf({ row, read }: StoredRecord): TapeRecord | undefined {
    try {
      return read()
    } catch (error) {
      const reason = `what the file had that was replaced cannot be read: ${messageOf(error)}`
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

  #insert(into: string, row: Readonly<Record<string, SqlValue>>): void {
    const columns = Object.keys(row)
    const places = columns.map(() => '?').join(', ')
    this.#next.run(`${into} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row))
  }

  #inTransaction<Row>(rows: readonly Row[], work: (row: Row) => unknown): void {
    for (let at = 0; at < rows.length; at += 16 * atOnce)
      this.#next.transaction(() => rows.slice(at, at + 16 * atOnce).forEach(work))
  }

  #read<Row>(sql: string, ...params: SqlValue[]): readonly Row[] {
    return this.#tryToRead(() => this.#old.all<Row>(sql, ...params)) ?? []
  }

  /** The old file may be damaged: what can be read of it is carried. */
  #tryToRead<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.carried.problem ??= messageOf(error)
      return undefined
    }
  }
}

/** A row of the old file, and the record that it is. */
interface StoredRecord {
  readonly row: unknown
  read(): TapeRecord
}

type StoredEvent = EventRow & { readonly id: number }

const storedEvent = (row: EventRow): StoredRecord => ({ row, read: () => eventOfRow(row) })
const storedSpan = (row: SpanRow): StoredRecord => ({ row, read: () => spanOfRow(row) })

function* eventsAfter(old: Database, after: number): Generator<StoredRecord[]> {
  for (let last = after; ; ) {
    const rows = old.all<StoredEvent>(
      `SELECT * FROM run_events WHERE id > ? ORDER BY id LIMIT ${atOnce}`,
      last,
    )
    if (rows.length === 0) return
    last = rows.at(-1)?.id ?? last
    // What holds the place of the newest event that was removed is none.
    yield rows.filter(row => row.run_id !== '').map(storedEvent)
  }
}

/** Events of which the price came later. */
function* pricedAfter(old: Database, after: number): Generator<StoredRecord[]> {
  const rows = old.all<EventRow & { readonly nano_usd: number; readonly list: string }>(
    `SELECT run_events.*, event_prices.cost_nano_usd AS nano_usd, event_prices.price_list AS list
     FROM event_prices JOIN run_events ON run_events.id = event_id WHERE event_prices.id > ?`,
    after,
  )
  yield rows.map(({ nano_usd, list, ...row }) =>
    storedEvent({ ...row, cost_nano_usd: nano_usd, price_list: list }),
  )
}

function* spansAfter(old: Database, after: number): Generator<StoredRecord[]> {
  const rows = old.all<{ trace_id: string; span_id: string }>(
    'SELECT trace_id, span_id FROM span_rows WHERE id > ? ORDER BY id',
    after,
  )
  for (const { trace_id, span_id } of rows) yield spanIn(old, trace_id, span_id)
}

function* found(old: Database, known: readonly RecordIdentity[]): Generator<StoredRecord[]> {
  for (const each of known)
    yield each.kind === 'span' ? spanIn(old, each.traceId, each.spanId) : eventIn(old, each)
}

const spanIn = (old: Database, traceId: string, spanId: string): StoredRecord[] =>
  old.all<SpanRow>(selectSpanSql, traceId, spanId).map(storedSpan)

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
