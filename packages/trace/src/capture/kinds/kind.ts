import type { LateBytes } from '../late/late-bytes.ts'
import type { Place } from '../notes.ts'

/** A kind of value that JSON lacks: how to encode and decode it. */
export interface Kind {
  readonly name: string
  /** A readable form; `inside` captures nested values. */
  write(value: never, inside: Inside, place: Place): Written
  /** Restores the value; `fill` then adds the nested values, so that a cycle resolves. */
  read(json: unknown, detail: unknown, reading: Reading): Read
}

/** How to restore values. */
export interface Reading {
  /** Whether to search for classes not seen before. */
  readonly search: boolean
  /** Reports a value that could not be restored exactly, replaced by a placeholder. */
  incomplete(why: string): void
}

/** Captures the contents of the value at `place`; names and indexes are path steps in its JSON form. */
export interface Inside {
  item(value: unknown, place: Place, index: number): unknown
  /** Reads the property; if that throws, only this property is lost. */
  field(owner: object, name: string | symbol, place: Place): unknown
  /** True if this value must be redacted under this name. */
  isSecret(name: string, value: unknown): boolean
  /** The text of the value at `place` without secrets. */
  text(text: string, place: Place): string
  /** Redacts a value and records it. */
  redact(place: Place, key: number | string): unknown
  /**
   * Puts bytes under `key` of `json` when they have been read: as text, or `{ base64 }`.
   *
   * @param begin starts reading them, or returns why they are not kept
   */
  later(json: Record<string, unknown>, key: string, place: Place, begin: () => LateBytes | string): void
  /** Reserves this many bytes of JSON, or ends the capture. */
  grow(bytes: number): void
}

interface Written {
  readonly json: unknown
  readonly detail?: unknown
  /** Parts of it that cannot be kept. */
  readonly lost?: string
}

export interface Read {
  readonly value: unknown
  readonly fill?: (child: (key: string | number) => unknown) => void
}
