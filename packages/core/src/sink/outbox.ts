import type { RunEvent } from '../records/records.ts'

/** A leased event, and the number that acknowledges it. */
export interface LeasedEvent {
  readonly id: number
  readonly event: RunEvent
}

/**
 * Keeps run events on this machine until a remote store has acknowledged them. Several processes may share one: each event is
 * leased to one process at a time. If that process dies, another takes it over. Sending an event twice is harmless, because
 * stores are idempotent.
 */
export interface Outbox {
  /** On disk when it returns; throws if it cannot be written. */
  put(events: readonly RunEvent[]): void
  /**
   * Leases up to `limit` events, oldest first, for `leaseMs` milliseconds. Other processes cannot get them meanwhile. Unreadable
   * events are set aside.
   */
  lease(limit: number, leaseMs: number): readonly LeasedEvent[]
  /** Removes events that the store has. */
  acknowledge(ids: readonly number[]): void
  /** Returns events that the store did not accept. */
  release(ids: readonly number[]): void
  /** Sets aside events that the store refuses for good: they are kept, but leased no more. */
  setAside(refused: readonly { readonly id: number; readonly reason: string }[]): void
  /** Number of waiting events, including leased ones. */
  size(): number
  /** Messages for an operator, one sentence each. */
  notes?(): readonly string[]
  close(): void
}
