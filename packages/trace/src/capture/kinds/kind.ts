import type { LateBytes } from '../late/late-bytes.ts'
import type { Place } from '../notes.ts'

/** A kind of value that JSON has no word for: how it is written, and how it is read back. */
export interface Kind {
  readonly name: string
  /** A stand-in that a person can read; what is inside is captured by `inside`. */
  write(value: never, inside: Inside, place: Place): Written
  /** Makes the value again; `fill` then puts in what was inside, so that a cycle finds its way back. */
  read(json: unknown, detail: unknown, reading: Reading): Read
}

/** How values are made again. */
export interface Reading {
  /** Whether to look for classes that were not seen yet. */
  readonly search: boolean
  /** Reports a value that could not be made again as it was, with a stand-in in its place. */
  incomplete(why: string): void
}

/** Captures what is inside of the value at `place`; names and indexes are steps of a path in its stand-in. */
export interface Inside {
  item(value: unknown, place: Place, index: number): unknown
  /** Reads the property; where that throws it is lost, and nothing else is. */
  field(owner: object, name: string | symbol, place: Place): unknown
  /** True where this value is to be kept out when it stands under this name. */
  isSecret(name: string, value: unknown): boolean
  /** The text of the value at `place` without secrets. */
  text(text: string, place: Place): string
  /** Keeps a value out, and says so. */
  redact(place: Place, key: number | string): unknown
  /**
   * Puts bytes under `key` of the stand-in `json` when they have been read: as a text, or `{ base64 }`.
   *
   * @param begin starts to read them, or says why they are not kept
   */
  later(json: Record<string, unknown>, key: string, place: Place, begin: () => LateBytes | string): void
  /** Makes room for so many bytes of JSON, or ends the capture. */
  grow(bytes: number): void
}

interface Written {
  readonly json: unknown
  readonly detail?: unknown
  /** What of it cannot be kept. */
  readonly lost?: string
}

export interface Read {
  readonly value: unknown
  readonly fill?: (child: (key: string | number) => unknown) => void
}
