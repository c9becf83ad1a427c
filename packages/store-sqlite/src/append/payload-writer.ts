import type { Database } from '../database/database.ts'
import type { SqliteStatement } from '../database/handle.ts'
import { weightOfText } from './payload-parts.ts'
import type { Prepared } from './prepared-record.ts'
import type { SharedPayload } from './shared-payloads.ts'
import type { Step } from './slices.ts'

/** Writes the payloads that are stored outside the rows of their spans. */
export class PayloadWriter {
  readonly #insert: SqliteStatement
  readonly #count: SqliteStatement
  readonly #deleteUnnamed: SqliteStatement

  constructor(database: Database) {
    this.#insert = database.statement(
      'INSERT INTO payloads (trace_id, hash, json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#count = database.statement(
      "SELECT COUNT(*) AS count FROM payloads WHERE trace_id = ? AND hash > ? AND hash < ? || ':'",
    )
    this.#deleteUnnamed = database.statement(
      `DELETE FROM payloads WHERE trace_id = ? AND hash = ? AND NOT EXISTS (
        SELECT 1 FROM span_rows WHERE trace_id = ? AND ? IN (input_hash, output_hash, error_hash, metadata_hash))`,
    )
  }

  /** Steps that must run before the span is inserted: its parts are too large for the transaction of the span. */
  *parts({ record, payloads }: Prepared): Generator<Step, void> {
    if (record.kind !== 'span') return
    for (const { parts } of payloads)
      for (const { name, json } of parts)
        yield { weight: weightOfText(json), run: () => this.#insert.run(record.traceId, name, json) }
  }

  /** Stores a payload in the same transaction as its span, just after the span. */
  keep(traceId: string, { name, json, parts }: SharedPayload): void {
    if (parts.length === 0) this.#insert.run(traceId, name, json)
    // Another process may have deleted the parts, after a span with the same payload was refused.
    else if (this.#countOf(traceId, name) < parts.length)
      for (const part of parts) this.#insert.run(traceId, part.name, part.json)
  }

  /** Steps to run after a span was refused. They remove the parts that no other span refers to. */
  *sweeping({ record, payloads }: Prepared): Generator<Step, void> {
    if (record.kind !== 'span') return
    const { traceId } = record
    for (const { name, parts } of payloads)
      for (const part of parts)
        yield {
          weight: weightOfText(part.json),
          run: () => this.#deleteUnnamed.run(traceId, part.name, traceId, name),
        }
  }

  #countOf(traceId: string, name: string): number {
    return (this.#count.get(traceId, name, name) as { count: number }).count
  }
}
