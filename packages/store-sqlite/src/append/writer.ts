import type { RecordIdentity, RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { identityOf, monotonicNow } from '@runtape/core/internal'
import type { AppendReceipt } from '@runtape/core/store'
import { sameJson } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { damaged } from '../database/errors.ts'
import type { SqlValue } from '../database/handle.ts'
import { countConflict, countMisdated } from '../health/health-counts.ts'
import { receivedNow } from '../history/received.ts'
import { insertEventSql, outOfTraceIndex, paramPlaces, selectEventValueSql } from '../records/event-rows.ts'
import {
  insertSpanSql,
  receivedPlace,
  rowOfParams,
  type SpanRow,
  selectSpanSql,
  spanOfRow,
} from '../records/span-rows.ts'
import type { Inserts } from '../removal/guarded-insert.ts'
import { Tombstones } from '../removal/tombstones.ts'
import { fillInCost, isMisdated } from '../rows/late-facts.ts'
import type { RecentEvents } from '../rows/recent-events.ts'
import { PayloadWriter } from './payload-writer.ts'
import { type Prepared, prepare, weightOf } from './prepared-record.ts'
import { PayloadSharing } from './shared-payloads.ts'
import { Pace, type Step, Steps, sliceMs } from './slices.ts'

/** A `misdated` event is accepted, too. */
export type Fate = 'accepted' | 'misdated' | 'duplicate' | 'conflict'

const selectIndexedTraceSql = `SELECT 1 FROM run_events INDEXED BY run_events_trace
  WHERE trace_id = ? AND run_id = ? AND replay_trace_id = ''`

/** Counts the results of appended records. */
export class Tally {
  #accepted = 0
  #duplicates = 0
  readonly #conflicting: RecordIdentity[] = []
  readonly #misdated: RecordIdentity[] = []

  count(record: TapeRecord, fate: Fate): void {
    if (fate === 'accepted' || fate === 'misdated') {
      this.#accepted++
      if (fate === 'misdated') this.#misdated.push(identityOf(record))
    } else if (fate === 'duplicate') this.#duplicates++
    else this.#conflicting.push(identityOf(record))
  }

  receipt(): AppendReceipt {
    const conflicting = this.#conflicting
    return {
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      conflicts: conflicting.length,
      conflicting,
      ...(this.#misdated.length > 0 && { misdated: this.#misdated }),
    }
  }
}

/** Writes prepared records, each by a single statement unless the row already exists. */
export class Writer {
  /** Pace of its transactions. */
  readonly pace = new Pace()
  readonly #database: Database
  readonly #payloads: PayloadWriter
  readonly #tombstones: Tombstones
  readonly #recent: RecentEvents | undefined
  readonly #sharing = new PayloadSharing()
  /** Whether anything was ever removed, as of the open transaction. */
  #mayBeBuried = true
  /** Time of receipt of the spans of the open transaction. */
  #receivedAt: number | undefined
  /** Time of receipt of a record that another store received before. */
  #copiedAt: number | undefined

  /** @param recent keeps the events that are written */
  constructor(database: Database, recent?: RecentEvents) {
    this.#database = database
    this.#recent = recent
    this.#payloads = new PayloadWriter(database)
    this.#tombstones = new Tombstones(database)
  }

  /**
   * Writes the records before it returns: a single record without an explicit transaction, several in transactions of
   * at most 64.
   */
  writeAll(records: readonly TapeRecord[]): AppendReceipt {
    this.#database.assertOpen()
    // All of them first: an invalid record must not leave half a batch behind.
    const all = records.map(record => this.prepare(record))
    const tally = new Tally()
    const [first] = all
    if (first && all.length === 1 && first.payloads.length === 0) {
      tally.count(first.record, this.#writeOne(first))
      return tally.receipt()
    }
    const steps = this.steps(all, tally)
    this.sweepingAfterFailure(all, () => {
      while (!steps.isDone) this.#writeSlice(steps)
    })
    return tally.receipt()
  }

  /** @throws {RuntapeError} `invalid-record` */
  prepare(record: TapeRecord): Prepared {
    return prepare(record, this.#sharing)
  }

  /** Writes a record of another store, which received it then. Call inside a transaction. */
  writeReceived(record: TapeRecord, receivedAt: number): Fate {
    const prepared = this.prepare(record)
    this.#copiedAt = receivedAt
    try {
      return this.#inTransaction(() => this.#write(prepared))
    } finally {
      this.#copiedAt = undefined
    }
  }

  #writeSlice(steps: Steps): void {
    let since = 0
    this.#database.transaction(() => {
      since = monotonicNow()
      this.runSlice(steps, sliceMs)
    })
    this.pace.held(monotonicNow() - since)
  }

  #writeOne(prepared: Prepared): Fate {
    // A misdated record is counted in the same transaction.
    const isNew =
      !isMisdated(prepared.record) && this.#database.single(() => this.#insert(prepared, 'guarded'))
    if (isNew) return 'accepted'
    const write = () => this.#inTransaction(() => this.#write(prepared))
    return this.sweepingAfterFailure([prepared], () => this.#database.transaction(write))
  }

  /** Runs as many steps as one transaction may hold. Call inside a transaction. */
  runSlice(steps: Steps, maxMs: number): void {
    this.#inTransaction(() => steps.runSlice(maxMs))
  }

  /** Checks for removals once per transaction: checking at each insert costs an eighth of it. */
  #inTransaction<T>(work: () => T): T {
    this.#mayBeBuried = !this.#tombstones.isEmpty()
    this.#receivedAt = this.#copiedAt
    return work()
  }

  /** The writes, in steps that need not be in the same transaction. */
  steps(all: readonly Prepared[], tally: Tally): Steps {
    return new Steps(this.#steps(all, tally), this.pace)
  }

  /** Runs `write`. If it fails, removes what it left of records that were not written. */
  sweepingAfterFailure<T>(all: readonly Prepared[], write: () => T): T {
    try {
      return write()
    } catch (error) {
      this.sweep(all)
      throw error
    }
  }

  /** Removes what a failed transaction may have left. */
  sweep(all: readonly Prepared[]): void {
    this.#recent?.forget()
    try {
      for (const prepared of all) for (const step of this.#payloads.sweeping(prepared)) step.run()
    } catch {
      // The database is failing. The parts are removed when their trace is pruned.
    }
  }

  *#steps(all: readonly Prepared[], tally: Tally): Generator<Step, void> {
    for (const prepared of all)
      if (isInParts(prepared)) yield* this.#partsAndRow(prepared, tally)
      else yield { weight: weightOf(prepared), run: () => this.#count(prepared, tally) }
  }

  *#partsAndRow(prepared: Prepared, tally: Tally): Generator<Step, void> {
    let fate: Fate | undefined
    const run = () => {
      fate = this.#count(prepared, tally)
    }
    yield* this.#payloads.parts(prepared)
    yield { weight: weightOf(prepared), run }
    if (fate !== 'accepted') yield* this.#payloads.sweeping(prepared)
  }

  #count(prepared: Prepared, tally: Tally): Fate {
    const fate = this.#write(prepared)
    tally.count(prepared.record, fate)
    return fate
  }

  #write(prepared: Prepared): Fate {
    const record = this.#mayBeBuried ? this.#tombstones.unlessBuried(prepared.record) : prepared.record
    if (record === undefined) return 'duplicate'
    const left = record === prepared.record ? prepared : this.prepare(record)
    if (!this.#insert(left, 'plain')) return this.#fateOf(left)
    if (!isMisdated(record, this.#copiedAt)) return 'accepted'
    countMisdated(this.#database, record)
    return 'misdated'
  }

  /** Returns whether the record was new. */
  #insert(prepared: Prepared, how: keyof Inserts): boolean {
    const { record, params, payloads } = prepared
    if (record.kind === 'run-event') return this.#insertEvent(record, params, how)
    if (how === 'plain') params[receivedPlace] = this.#receivedAt ??= receivedNow(this.#database)
    if (this.#database.statement(insertSpanSql(params)[how]).insert(params) === undefined) return false
    // After the row: a refused span must leave no payload behind.
    for (const payload of payloads) this.#payloads.keep(record.traceId, payload)
    return true
  }

  #insertEvent(event: RunEvent, given: SqlValue[], how: keyof Inserts): boolean {
    const isIndexed = this.#isTraceIndexed(event, how)
    const params = isIndexed ? outOfTraceIndex(given) : given
    if (this.#copiedAt !== undefined) params[paramPlaces.received] = this.#copiedAt
    const id = this.#database.statement(insertEventSql(params)[how]).insert(params)
    if (id === undefined) return false
    this.#recent?.add(id, event, params)
    return true
  }

  /** Whether an earlier event of the run is in the index of traces under the same trace. */
  #isTraceIndexed({ runId, traceId, replay }: RunEvent, how: keyof Inserts): boolean {
    if (traceId === undefined || replay) return false
    // A guarded INSERT succeeds only if nothing was ever removed, so the recent events still exist.
    if (how === 'guarded' || !this.#mayBeBuried) return this.#recent?.isTraceOf(runId, traceId) === true
    return this.#database.get(selectIndexedTraceSql, traceId, runId) !== undefined
  }

  #fateOf(prepared: Prepared): Fate {
    return isSpan(prepared) ? this.#fateOfSpan(prepared) : this.#fateOfEvent(prepared)
  }

  #fateOfEvent({ record }: Prepared): Fate {
    const event = record as RunEvent
    const { runId, metric, replay, value } = event
    const identity = [runId, metric, replay?.traceId ?? ''] as const
    const fate = this.#compare(event, () => {
      const row = this.#database.get<{ value_json: string }>(selectEventValueSql, ...identity)
      // Compares only the value: a process that resumes a run knows less about it, and writes later.
      const kept: RunEvent | undefined = row && { ...event, value: JSON.parse(row.value_json) }
      return [kept, event, sameJson(kept?.value, asJson(value))]
    })
    if (fate === 'duplicate') fillInCost(this.#database, event, this.#copiedAt)
    return fate
  }

  #fateOfSpan({ record, params }: Prepared): Fate {
    const span = record as SpanRecord
    return this.#compare(span, () => {
      const row = this.#database.get<SpanRow>(selectSpanSql, span.traceId, span.spanId)
      const [kept, again] = [row && spanOfRow(row), spanOfRow(rowOfParams(params, span))]
      return [kept, again, sameJson(kept, again)]
    })
  }

  #compare<R extends TapeRecord>(
    record: R,
    read: () => readonly [kept: R | undefined, again: R, isSame: boolean],
  ): Fate {
    try {
      const [kept, again, isSame] = read()
      if (kept !== undefined && isSame) return 'duplicate'
      if (kept !== undefined) countConflict(this.#database, kept, again)
      return 'conflict'
    } catch (error) {
      throw damaged(this.#database.name, record, error)
    }
  }
}

const isInParts = ({ payloads }: Prepared): boolean => payloads.some(({ parts }) => parts.length > 0)

const isSpan = ({ record }: Prepared): boolean => record.kind === 'span'

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
