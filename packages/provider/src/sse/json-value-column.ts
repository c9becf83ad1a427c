import { newDecoder } from '../body/body-reader.ts'

const blank = 32
const quote = 34
const zero = 48
const nine = 57
const backslash = 92
const letterU = 117
const firstPrintable = 32
// Stands between two values: printable for JSON, so that it is written as itself, and never part of a value here.
const separator = 127
const separatorText = '\x7f'
const mostDigits = 16
const mostBlanks = 64
const firstSize = 512
const decoder = newDecoder()

/** What stands in a place of an event: the inside of a string, a number, or blanks between two braces. */
export type ValueKind = 'text' | 'digits' | 'blanks'

/**
 * Values of one place in events that fit a template, as they stand there. Kept as bytes: a text for each would take
 * several times as much memory, and a value of one character is rarely longer than a pointer to it.
 */
export class JsonValueColumn {
  readonly #kind: ValueKind
  readonly #isContent: boolean
  #bytes = new Uint8Array(firstSize)
  #used = 0
  #kept = 0

  /** @param isContent whether its values may have escapes, and are added up */
  constructor(kind: ValueKind, isContent: boolean) {
    this.#kind = kind
    this.#isContent = isContent
  }

  /** Takes the value that begins here and returns where it ends; -1 where it is not one. */
  take(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#endOf(bytes, start, end)
    if (at !== -1) this.#copy(bytes, start, at)
    return at
  }

  /** What was taken since the last time stays. */
  keep(): void {
    this.#kept = this.#used
  }

  undo(): void {
    this.#used = this.#kept
  }

  /** All values as a list in JSON, without its brackets. */
  json(): string {
    return JSON.stringify(this.#decoded()).replaceAll(separatorText, '","')
  }

  /** The values concatenated and unescaped as one JSON string; `undefined` if invalid. */
  text(): string | undefined {
    const text = this.#decoded().replaceAll(separatorText, '')
    if (!text.includes('\\')) return text
    try {
      return JSON.parse(`"${text}"`) as string
    } catch {
      return undefined
    }
  }

  #decoded(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#kept - 1))
  }

  #endOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.#kind === 'text') return this.#endOfText(bytes, start, end)
    return this.#kind === 'digits' ? endOfDigits(bytes, start, end) : endOfBlanks(bytes, start, end)
  }

  #endOfText(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === quote) return at
      if (byte < firstPrintable || byte === separator) return -1
      if (byte !== backslash) continue
      const escaped = bytes[++at] as number
      if (!this.#isContent || escaped < firstPrintable || escaped === separator) return -1
      if (escaped === letterU && !isWholeEscape(bytes, at, end)) return -1
    }
    return -1
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    while (this.#used + end - start >= this.#bytes.length) this.#grow()
    const own = this.#bytes
    let to = this.#used
    for (let at = start; at < end; at++) own[to++] = bytes[at] as number
    own[to] = separator
    this.#used = to + 1
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length + (this.#bytes.length >> 1))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
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
