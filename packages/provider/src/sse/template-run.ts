import { newDecoder } from '../body/body-reader.ts'
import type { EventTemplate } from './event-template.ts'

const blank = 32
const quote = 34
const zero = 48
const nine = 57
const backslash = 92
const letterU = 117
const firstPrintable = 32
// Follows each value. JSON does not escape it, and values here never contain it.
const separator = 127
const separatorText = '\x7f'
const mostDigits = 16
const mostBlanks = 64
const encoder = new TextEncoder()
const decoder = newDecoder()
const noBytes = new Uint8Array(0)

/** The kind of a value in an event: the inside of a string, the piece of the answer, a number, or padding. */
type ValueKind = 'text' | 'content' | 'digits' | 'blanks'

/**
 * Consecutive events of one template. Stores their common text once, and their values as bytes, event by event. One
 * string per value would take several times as much memory.
 */
export class TemplateRun {
  readonly #kinds: readonly ValueKind[]
  readonly #content: number
  /** The literals, concatenated, and the end offset of each. */
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
   * Reads the event at `start` and returns the offset after it; -1 if it does not match the template.
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

  /** Drops the values so far. */
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

  /** Returns this run, with unused memory released. */
  ended(): this {
    this.#values = this.#values.slice(0, this.#kept)
    return this
  }

  /** The recorded form. */
  json(): string {
    const literals = this.#ends.map((end, index) => decoder.decode(this.#bytesOfLiteral(index, end)))
    const values = this.#kinds.map((_, slot) =>
      JSON.stringify(this.#column(slot)).replaceAll(separatorText, '","'),
    )
    return `{"alike":${JSON.stringify(literals)},"values":[[${values.join('],[')}]]}`
  }

  /** All values of one position, with separators between them. */
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

  /**
   * Offset after this literal if it is at `at`, otherwise -1. Compares eight bytes at a time as doubles, which are equal
   * only for equal text.
   */
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

  // In small steps: the values of many open streams are in memory at once.
  #grow(size: number): void {
    const larger = new Uint8Array(size + (size >> 3) + 256)
    larger.set(this.#values.subarray(0, this.#used))
    this.#values = larger
  }
}

export const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length)

/**
 * Derived from the text before the value: a quotation mark before strings, a brace before padding, otherwise a number.
 */
function kindAfter(literal: string): ValueKind {
  if (literal.endsWith('"')) return 'text'
  return literal.endsWith('}') ? 'blanks' : 'digits'
}

/** Offset after the value that starts here; -1 if there is none. */
function endOf(kind: ValueKind, bytes: Uint8Array, start: number, end: number): number {
  if (kind === 'digits') return endOfDigits(bytes, start, end)
  if (kind === 'blanks') return endOfBlanks(bytes, start, end)
  return endOfText(bytes, start, end, kind === 'content')
}

/** @param mayEscape whether it may contain escapes */
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

/**
 * Whether the four digits of this `\u` are in the same value. Whether they are digits is checked when the content is
 * parsed.
 */
function isWholeEscape(bytes: Uint8Array, at: number, end: number): boolean {
  for (let digit = at + 1; digit <= at + 4; digit++) if (digit >= end || bytes[digit] === quote) return false
  return true
}
