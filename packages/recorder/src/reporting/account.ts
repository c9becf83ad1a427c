import type { RunEvent, TapeRecord } from '@runtape/core'
import { recordName } from '@runtape/core/internal'
import { isReceipt, readReceipt } from '../writing/receipt.ts'
import { Tallies } from './diagnostics.ts'
import type { HealthNotes } from './health-notes.ts'
import type { Warnings } from './warnings.ts'

/** Counts the results of writes, and warns the application. */
export class Account {
  readonly tallies = new Tallies()
  readonly #warnings: Warnings
  readonly #notes: HealthNotes

  /** @param notes counts records that never reach the store */
  constructor(warnings: Warnings, notes: HealthNotes) {
    this.#warnings = warnings
    this.#notes = notes
  }

  /** Call after a write: the store has accepted the records, whatever it answered. */
  written(answer: unknown): void {
    const receipt = readReceipt(answer)
    if (!isReceipt(answer)) this.#warnings.oddReceipt()
    this.tallies.add(receipt)
    for (const identity of receipt.conflicting) this.#warnings.conflict(identity)
    for (const identity of receipt.misdated ?? []) this.#warnings.misdated(identity)
  }

  rejected(record: TapeRecord, reason: string): false {
    this.tallies.rejected++
    this.#notes.count('rejected', record, reason)
    this.#warnings.rejected(record, reason)
    return false
  }

  setAside(record: TapeRecord, reason: string): void {
    this.tallies.setAside++
    this.tallies.lastSetAside = `${recordName(record)}: ${reason}`
    this.#warnings.setAside(record, reason)
  }

  /** Counts a record that the outbox set aside, because the store does not see it. */
  setAsideByOutbox(record: TapeRecord, reason: string): void {
    this.#notes.count('set-aside', record, reason)
    this.setAside(record, reason)
  }

  /** The same event is already queued. */
  repeated(): void {
    this.tallies.duplicates++
  }

  /** Another value of the event is queued, and stands. */
  conflict(event: RunEvent): void {
    this.tallies.conflicts++
    this.#notes.count('conflict', event, 'another value of it was waiting to be written')
    this.#warnings.conflict(event)
  }

  refusedForMemory(event: RunEvent): void {
    this.tallies.refusedRunEvents++
    this.#notes.count('refused', event)
    this.#warnings.refusedForMemory(event)
  }

  failed(message: string): void {
    if (this.tallies.fail(message)) this.#warnings.storeFails(message)
  }
}
