import type { RunEvent } from '../records/records.ts'

/** An event on its way, and the number that acknowledges it. */
export interface LeasedEvent {
  readonly id: number
  readonly event: RunEvent
}

/**
 * Keeps run events on this machine until a remote store has acknowledged them. Several processes may share one: an
 * event is leased to one of them at a time, and when that one dies another takes it over. An event that is sent twice
 * in between is harmless, because stores are idempotent.
 */
export interface Outbox {
  /** Written to disk when it returns; throws when it cannot be. */
  put(events: readonly RunEvent[]): void
  /**
   * Takes up to `limit` events, oldest first, for `leaseMs` milliseconds in which nobody else gets them. What cannot be
   * read is set aside.
   */
  lease(limit: number, leaseMs: number): readonly LeasedEvent[]
  /** Forgets events that the store has. */
  acknowledge(ids: readonly number[]): void
  /** Gives events back that the store did not take. */
  release(ids: readonly number[]): void
  /** Keeps events apart that the store refuses for good: they are leased no more, and not lost. */
  setAside(refused: readonly { readonly id: number; readonly reason: string }[]): void
  /** How many wait, leased ones included. */
  size(): number
  /** What an operator should know, a sentence each. */
  notes?(): readonly string[]
  close(): void
}
