import { RuntapeError } from '@runtape/core'
import { type CopiedRecord, type CopyOutcome, messageOf } from '@runtape/core/internal'
import { recordName } from '@runtape/core/store-helpers'
import { type Fate, Writer } from '../../append/writer.ts'
import type { Database } from '../../database/database.ts'
import { isOfOneRecord } from '../../database/errors.ts'

const tables = { events: 'run_events', prices: 'event_prices', spans: 'span_rows' } as const

/** Adds records as `append` does, with the times at which the other store received them. */
export class RecordTarget {
  readonly #database: Database
  readonly #writer: Writer

  constructor(database: Database) {
    this.#database = database
    this.#writer = new Writer(database)
  }

  /** Call inside a transaction. */
  write(kind: keyof typeof tables, entries: readonly CopiedRecord[]): CopyOutcome {
    const [counts, conflicts, refused] = [{ copied: 0, known: 0 }, [] as string[], [] as string[]]
    let laterReceipts = 0
    let last = this.#lastReceipt(tables[kind])
    this.#forgetNotes(entries)
    for (const { record, receivedAt } of entries) {
      // Times of receipt never decrease with the order of arrival.
      const at = Math.max(receivedAt, last)
      const fate = this.#tryToWrite(record, at, refused)
      if (fate === 'conflict') conflicts.push(recordName(record))
      else if (fate === 'duplicate') counts.known++
      else if (fate !== undefined) {
        counts.copied++
        last = at
        if (at > receivedAt) laterReceipts++
      }
    }
    return {
      ...counts,
      conflicts,
      ...(refused.length > 0 && { refused }),
      ...(laterReceipts > 0 && { laterReceipts }),
    }
  }

  /** An older version may have kept what is refused now. It must not stop the others. */
  #tryToWrite(record: CopiedRecord['record'], receivedAt: number, refused: string[]): Fate | undefined {
    try {
      return this.#writer.writeReceived(record, receivedAt)
    } catch (error) {
      const isInvalid = RuntapeError.isInstance(error) && error.code === 'invalid-record'
      if (!isInvalid && !isOfOneRecord(error)) throw error
      refused.push(messageOf(error))
      return undefined
    }
  }

  /** Of the last record that is there. */
  #lastReceipt(table: string): number {
    const sql = `SELECT received_at AS at FROM ${table} WHERE received_at IS NOT NULL ORDER BY id DESC LIMIT 1`
    return this.#database.get<{ at: number }>(sql)?.at ?? 0
  }

  /** Notes of what had been received by a time, if these records are from before it. Reads as of a time do without. */
  #forgetNotes(entries: readonly CopiedRecord[]): void {
    const first = entries.reduce((least, { receivedAt }) => Math.min(least, receivedAt), Infinity)
    if (first < Infinity) this.#database.run('DELETE FROM revision_times WHERE received_at >= ?', first)
  }
}
