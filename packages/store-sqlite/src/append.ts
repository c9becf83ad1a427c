import {
  type AppendReceipt,
  type RecordIdentity,
  type RunEvent,
  RuntapeError,
  type SpanRecord,
  type TapeRecord,
} from '@runtape/core'
import { identityOf, messageOf } from '@runtape/core/internal'
import { assertIdentity, sameJson } from '@runtape/core/store-helpers'
import type { Database } from './database.ts'
import { eventParams, insertEventSql, selectEventValueSql } from './event-rows.ts'
import type { SqliteStatement, SqlValue } from './handle.ts'
import { SharedPayloads } from './shared-payloads.ts'
import { insertSpanSql, type SpanRow, selectSpanSql, spanOfRow, spanParams } from './span-rows.ts'

type Fate = 'accepted' | 'duplicate' | 'conflict'

/** Counts what became of records. */
export class Tally {
  #accepted = 0
  #duplicates = 0
  readonly #conflicting: RecordIdentity[] = []

  count(record: TapeRecord, fate: Fate): void {
    if (fate === 'accepted') this.#accepted++
    else if (fate === 'duplicate') this.#duplicates++
    else this.#conflicting.push(identityOf(record))
  }

  receipt(): AppendReceipt {
    const conflicting = this.#conflicting
    return {
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      conflicts: conflicting.length,
      conflicting,
    }
  }
}

/** Writes records one by one, each by a single statement unless the row was there before. */
export class Writer {
  readonly #database: Database
  readonly #insertEvent: SqliteStatement
  readonly #insertSpan: SqliteStatement
  readonly #payloads: SharedPayloads

  constructor(database: Database) {
    this.#database = database
    this.#insertEvent = database.statement(insertEventSql)
    this.#insertSpan = database.statement(insertSpanSql)
    this.#payloads = new SharedPayloads(database)
  }

  /** Writes the records before it returns: one alone as it is, more in one transaction. */
  writeAll(records: readonly TapeRecord[]): AppendReceipt {
    const tally = new Tally()
    const [first] = records
    if (first !== undefined && records.length === 1) {
      tally.count(
        first,
        this.#database.attempt(() => this.write(first)),
      )
    } else if (first !== undefined) {
      this.#database.transaction(() => {
        for (const record of records) tally.count(record, this.write(record))
      })
    }
    this.#database.assertOpen()
    return tally.receipt()
  }

  write(record: TapeRecord): Fate {
    return record.kind === 'span' ? this.#writeSpan(record) : this.#writeEvent(record)
  }

  #writeEvent(event: RunEvent): Fate {
    assertIdentity(event)
    const params = paramsOf(event, eventParams)
    if (this.#insertEvent.run(...params).changes) return 'accepted'
    const { runId, metric, replay, value } = event
    const row = this.#database.get<{ value_json: string }>(
      selectEventValueSql,
      runId,
      metric,
      replay?.traceId ?? '',
    )
    // Only the value: a process that resumes a run knows less about it, and comes later.
    return row && sameJson(JSON.parse(row.value_json), asJson(value)) ? 'duplicate' : 'conflict'
  }

  #writeSpan(span: SpanRecord): Fate {
    const input = this.#payloads.keep(span.traceId, span.input)
    const output = this.#payloads.keep(span.traceId, span.output)
    const params = paramsOf(span, each => spanParams(each, input, output))
    if (this.#insertSpan.run(...params).changes) return 'accepted'
    const row = this.#database.get<SpanRow>(selectSpanSql, span.traceId, span.spanId)
    return row && sameJson(spanOfRow(row), asJson(span)) ? 'duplicate' : 'conflict'
  }
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

function paramsOf<T extends TapeRecord>(record: T, convert: (record: T) => SqlValue[]): SqlValue[] {
  try {
    return convert(record)
  } catch (error) {
    throw new RuntapeError(
      'invalid-record',
      `The record ${JSON.stringify(identityOf(record))} cannot be written as JSON: ${messageOf(error)}. It was not kept. Leave out what JSON cannot hold.`,
      { cause: error },
    )
  }
}
