import type { Payload, PayloadMark } from '@runtape/core'
import { type Path, type Place, pathTo, showPath } from './place.ts'
import { redactedText } from './redaction.ts'

type Key = string | number
type Mutable<T> = { -readonly [Part in keyof T]: T[Part] }

const markBytes = 32
const maxListed = 100

/** Ends a capture that would grow past its limit. */
export class TooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super(`more than ${bytes} bytes`)
    this.bytes = bytes
  }
}

/** What is said about a captured value beside its JSON. */
export class Notes {
  readonly #maxBytes: number
  #bytes = 0
  #marks: PayloadMark[] | undefined
  #lossy: string[] | undefined
  #redacted: string[] | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** About how large the captured value is, in bytes of JSON. */
  get bytes(): number {
    return this.#bytes
  }

  payload(json: string): Payload {
    const payload: Mutable<Payload> = { json }
    if (this.#marks) payload.meta = this.#marks
    if (this.#lossy) payload.lossy = this.#lossy
    if (this.#redacted) payload.redacted = this.#redacted
    return payload
  }

  /** Makes room for so many bytes, or ends the capture. */
  grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) throw new TooLarge(Math.ceil(this.#bytes))
  }

  /** The value under `key` is of `type`. */
  mark(parent: Place | undefined, key: Key, type: string, detail?: unknown): void {
    const path = pathTo(parent, key)
    this.grow(markBytes)
    this.#marks ??= []
    this.#marks.push(detail === undefined ? [path, type] : [path, type, detail])
  }

  lose(parent: Place | undefined, key: Key, what: string): void {
    this.#lossy ??= []
    if (this.#lossy.length < maxListed) this.#lossy.push(`${showPath(pathTo(parent, key))}: ${what}`)
  }

  redact(parent: Place | undefined, key: Key, inside: Path = []): string {
    this.#redacted ??= []
    if (this.#redacted.length < maxListed) this.#redacted.push(showPath([...pathTo(parent, key), ...inside]))
    return redactedText
  }
}
