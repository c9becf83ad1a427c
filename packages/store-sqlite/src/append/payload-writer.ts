import type { Database } from '../database/database.ts'
import type { SqliteStatement } from '../database/handle.ts'
import { weightOfText } from './payload-parts.ts'
import type { Prepared } from './prepared-record.ts'
import type { SharedPayload } from './shared-payloads.ts'
import type { Step } from './slices.ts'

/** Writes the payloads that are kept beside their spans. */
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

  /** What comes before the row of a span: a payload in parts is too large for the transaction of its span. */
  *parts({ record, payloads }: Prepared): Generator<Step, void> {
    if (record.kind !== 'span') return
    for (const { parts } of payloads)
      for (const { name, json } of parts)
        yield { weight: weightOfText(json), run: () => this.#insert.run(record.traceId, name, json) }
  }

  /** Keeps a payload whose span has just been written, in the same transaction. */
  keep(traceId: string, { name, json, parts }: SharedPayload): void {
    if (parts.length === 0) this.#insert.run(traceId, name, json)
    // Another process may have swept them: one that had the same payload, and whose span was refused.
    else if (this.#countOf(traceId, name) < parts.length)
      for (const part of parts) this.#insert.run(traceId, part.name, part.json)
  }

  /** What is left to do when a span was refused: takes away the parts that no other span names. */
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
