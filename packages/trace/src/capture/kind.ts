import type { Place } from './place.ts'

/** A kind of value that JSON has no word for: how it is written, and how it is read back. */
export interface Kind {
  readonly name: string
  /** A stand-in that a person can read; what is inside is captured by `inside`. */
  write(value: never, inside: Inside, place: Place): Written
  /** Makes the value again; `fill` then puts in what was inside, so that a cycle finds its way back. */
  read(json: unknown, detail: unknown): Read
}

/** Captures what is inside of the value at `place`; names and indexes are steps of a path in its stand-in. */
export interface Inside {
  item(value: unknown, place: Place, index: number): unknown
  /** Reads the property; where that throws it is lost, and nothing else is. */
  field(owner: object, name: string, place: Place): unknown
  /** True where a value under this name is to be kept out. */
  isSecret(name: string): boolean
  /** Keeps a value out, and says so. */
  redact(place: Place, index: number): unknown
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
