import { newDecoder } from '../body/body-reader.ts'
import type { EventTemplate } from './event-template.ts'

const blank = 32
const quote = 34
const zero = 48
const nine = 57
const backslash = 92
const letterU = 117
const firstPrintable = 32
// Stands behind each value: printable for JSON, so that it is written as itself, and never part of a value here.
const separator = 127
const separatorText = '\x7f'
const mostDigits = 16
const mostBlanks = 64
const encoder = new TextEncoder()
const decoder = newDecoder()
const noBytes = new Uint8Array(0)

/** What stands in a place of an event: the inside of a string, the piece of the answer in it, a number, or blanks. */
type ValueKind = 'text' | 'content' | 'digits' | 'blanks'

/**
 * Events in a row of one template: what they have in common is kept once, and their values as bytes, one event after the
 * other. A text for each value would take several times as much memory.
 */
export class TemplateRun {
  readonly #kinds: readonly ValueKind[]
  readonly #content: number
  /** The literals, one after the other, and where each of them ends. */
  readonly #literals: DataView
  readonly #ends: readonly number[]
  #values = noBytes
  #used = 0
  #kept = 0
  #count = 0

  constructor({ literals, content }: EventTemplate) {
    const bytes = encoder.encode(literals.join(''))
    let end = 0
    this.#literals = viewOf(bytes)
    this.#ends = literals.map(({ length }) => {
      end += length
      return end
    })
    this.#content = content
    this.#kinds = literals
      .slice(0, -1)
      .map((literal, slot) => (slot === content ? 'content' : kindAfter(literal)))
  }

  get count(): number {
    return this.#count
  }

  /**
   * Takes the event that begins here and returns where it ends; -1 when it is not of this template.
   *
   * @param view of the same bytes
   */
  take(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const kinds = this.#kinds
    let at = this.#afterLiteral(0, view, start, end)
    for (let slot = 0; at !== -1 && slot < kinds.length; slot++) {
      const from = at
      at = endOf(kinds[slot] as ValueKind, bytes, from, end)
      if (at === -1) break
      this.#copy(bytes, from, at)
      at = this.#afterLiteral(slot + 1, view, at, end)
    }
    if (at === -1) this.#used = this.#kept
    else {
      this.#kept = this.#used
      this.#count++
    }
    return at
  }

  /** Keeps none of the values so far. */
  forget(): void {
    this.#used = 0
    this.#kept = 0
  }

  /** The pieces of the answer concatenated and unescaped as one JSON string; `undefined` if invalid. */
  content(): string | undefined {
    const text = this.#column(this.#content).replaceAll(separatorText, '')
    if (!text.includes('\\')) return text
    try {
      return JSON.parse(`"${text}"`) as string
    } catch {
      return undefined
    }
  }

  /** Itself, with no room for more. */
  ended(): this {
    this.#values = this.#values.slice(0, this.#kept)
    return this
  }

  /** As it lies on the tape. */
  json(): string {
    const literals = this.#ends.map((end, index) => decoder.decode(this.#bytesOfLiteral(index, end)))
    const values = this.#kinds.map((_, slot) =>
      JSON.stringify(this.#column(slot)).replaceAll(separatorText, '","'),
    )
    return `{"alike":${JSON.stringify(literals)},"values":[[${values.join('],[')}]]}`
  }

  /** All values of one place, with separators between them. */
  #column(slot: number): string {
    const own = new Uint8Array(this.#kept)
    let to = 0
    for (let at = 0, place = 0; at < this.#kept; at++) {
      const byte = this.#values[at] as number
      if (place === slot) own[to++] = byte
      if (byte === separator) place = (place + 1) % this.#kinds.length
    }
    return decoder.decode(own.subarray(0, to - 1))
  }

  #bytesOfLiteral(index: number, end: number): Uint8Array {
    const { buffer, byteOffset } = this.#literals
    const start = this.#ends[index - 1] ?? 0
    return new Uint8Array(buffer, byteOffset + start, end - start)
  }

  /** Where this literal ends, if it begins here: compared eight bytes at a time. No two texts make the same number. */
  #afterLiteral(index: number, view: DataView, at: number, end: number): number {
    const own = this.#literals
    const start = index === 0 ? 0 : (this.#ends[index - 1] as number)
    const length = (this.#ends[index] as number) - start
    if (at + length > end) return -1
    let from = 0
    for (; from + 8 <= length; from += 8)
      if (view.getFloat64(at + from, true) !== own.getFloat64(start + from, true)) return -1
    for (; from < length; from++) if (view.getUint8(at + from) !== own.getUint8(start + from)) return -1
    return at + length
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const size = this.#used + end - start + 1
    if (size > this.#values.length) this.#grow(size)
    const own = this.#values
    let to = this.#used
    for (let at = start; at < end; at++) own[to++] = bytes[at] as number
    own[to] = separator
    this.#used = to + 1
  }

  // By little: the values of many open streams are held at once.
  #grow(size: number): void {
    const larger = new Uint8Array(size + (size >> 3) + 256)
    larger.set(this.#values.subarray(0, this.#used))
    this.#values = larger
  }
}

export const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length)

/** By what stands before it: strings begin with a quotation mark, numbers follow a colon, and padding a brace. */
function kindAfter(literal: string): ValueKind {
  if (literal.endsWith('"')) return 'text'
  return literal.endsWith('}') ? 'blanks' : 'digits'
}

/** Where the value that begins here ends; -1 where it is none. */
function endOf(kind: ValueKind, bytes: Uint8Array, start: number, end: number): number {
  if (kind === 'digits') return endOfDigits(bytes, start, end)
  if (kind === 'blanks') return endOfBlanks(bytes, start, end)
  return endOfText(bytes, start, end, kind === 'content')
}

/** @param mayEscape whether there may be escapes in it */
function endOfText(bytes: Uint8Array, start: number, end: number, mayEscape: boolean): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === quote) return at
    if (byte < firstPrintable || byte === separator) return -1
    if (byte !== backslash) continue
    const escaped = bytes[++at] as number
    if (!mayEscape || escaped < firstPrintable || escaped === separator) return -1
    if (escaped === letterU && !isWholeEscape(bytes, at, end)) return -1
  }
  return -1
}

function endOfBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && at - start < mostBlanks && bytes[at] === blank) at++
  return at
}

function endOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (; at < end && at - start < mostDigits; at++) {
    const byte = bytes[at] as number
    if (byte < zero || byte > nine) break
  }
  const isNumber = at > start && (bytes[start] !== zero || at === start + 1)
  return isNumber ? at : -1
}

/** Whether the four digits of this `\u` do not go on in the next value; that they are digits is seen when all is read. */
function isWholeEscape(bytes: Uint8Array, at: number, end: number): boolean {
  for (let digit = at + 1; digit <= at + 4; digit++) if (digit >= end || bytes[digit] === quote) return false
  return true
}
