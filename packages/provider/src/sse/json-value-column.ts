import { newDecoder } from '../body/body-reader.ts'

const blank = 32
const quote = 34
const comma = 44
const zero = 48
const nine = 57
const backslash = 92
const letterU = 117
const firstPrintable = 32
// What stands between two values, an escape that begins where the room ends, and a number.
const mostDigits = 16
const mostBlanks = 64
const most = 16 + mostDigits
const firstSize = 4 * 1024
const mostSpares = 128
const spares: Uint8Array[] = []
const decoder = newDecoder()

/** What stands in a place of an event: the inside of a string, a number, or blanks between two braces. */
export type ValueKind = 'text' | 'digits' | 'blanks'

/** Values of one place in events that are alike, as bytes of JSON: the texts that stand there, one after the other. */
export class JsonValueColumn {
  readonly #kind: ValueKind
  readonly #isContent: boolean
  #json: Uint8Array
  #used = 0
  #kept = 0
  // The same without what stands between them.
  #text: Uint8Array
  #textUsed = 0
  #textKept = 0

  /** @param isContent whether its values may have escapes, and are added up */
  constructor(kind: ValueKind, isContent: boolean) {
    this.#kind = kind
    this.#isContent = isContent
    this.#json = newBytes()
    this.#text = isContent ? newBytes() : empty
  }

  /** Takes the value that begins here and gives where it ends; -1 where it is not one. */
  take(bytes: Uint8Array, start: number, end: number): number {
    if (this.#isContent) return this.#takeContent(bytes, start, end)
    if (this.#kind === 'text') return this.#takePlain(bytes, start, end)
    return this.#kind === 'digits' ? this.#takeDigits(bytes, start, end) : this.#takeBlanks(bytes, start, end)
  }

  /** What was taken since the last time stays. */
  keep(): void {
    this.#kept = this.#used
    this.#textKept = this.#textUsed
  }

  undo(): void {
    this.#used = this.#kept
    this.#textUsed = this.#textKept
  }

  /** All values as a list in JSON, without its brackets. */
  json(): string {
    return `"${decoder.decode(this.#json.subarray(0, this.#kept - 2))}`
  }

  /** What they add up to, taken for the inside of a string in JSON; `undefined` where that is none. */
  text(): string | undefined {
    try {
      return JSON.parse(`"${decoder.decode(this.#text.subarray(0, this.#textKept))}"`) as string
    } catch {
      return undefined
    }
  }

  release(): void {
    spare(this.#json)
    spare(this.#text)
    this.#json = empty
    this.#text = empty
  }

  // Both loops have what they need at hand and know that there is room: else they would take several times as long.
  #takeContent(bytes: Uint8Array, start: number, end: number): number {
    // With the end of the value before it, it would add up to a character that is in neither.
    if (isRestOfCharacter(bytes[start] as number)) return -1
    let to = this.#used
    let textTo = this.#textUsed
    for (let at = start; at < end; this.#grow()) {
      const json = this.#json
      const text = this.#text
      for (const stop = this.#stopFor(at, end, to); at < stop; at++) {
        let byte = bytes[at] as number
        if (byte === quote) {
          this.#textUsed = textTo
          return this.#close(at, to)
        }
        if (byte < firstPrintable) return -1
        if (byte === backslash) {
          text[textTo++] = byte
          json[to++] = byte
          json[to++] = byte
          byte = bytes[++at] as number
          if (byte < firstPrintable || (byte === letterU && !isWholeEscape(bytes, at, end))) return -1
          if (byte === quote || byte === backslash) json[to++] = backslash
        }
        text[textTo++] = byte
        json[to++] = byte
      }
    }
    return -1
  }

  #takePlain(bytes: Uint8Array, start: number, end: number): number {
    let to = this.#used
    for (let at = start; at < end; this.#grow()) {
      const json = this.#json
      for (const stop = this.#stopFor(at, end, to); at < stop; at++) {
        const byte = bytes[at] as number
        if (byte === quote) return this.#close(at, to)
        if (byte < firstPrintable || byte === backslash) return -1
        json[to++] = byte
      }
    }
    return -1
  }

  #takeDigits(bytes: Uint8Array, start: number, end: number): number {
    let to = this.#used
    let at = start
    while (to + most > this.#json.length) this.#grow()
    const json = this.#json
    for (; at < end && at - start < mostDigits; at++) {
      const byte = bytes[at] as number
      if (byte < zero || byte > nine) break
      json[to++] = byte
    }
    const isNumber = at > start && (bytes[start] !== zero || at === start + 1)
    return isNumber ? this.#close(at, to) : -1
  }

  #takeBlanks(bytes: Uint8Array, start: number, end: number): number {
    let to = this.#used
    let at = start
    while (to + mostBlanks + most > this.#json.length) this.#grow()
    const json = this.#json
    for (; at < end && at - start < mostBlanks && bytes[at] === blank; at++) json[to++] = blank
    return this.#close(at, to)
  }

  /** How far one may go on from here without running out of room: of one byte come three at most. */
  #stopFor(at: number, end: number, used: number): number {
    return Math.min(end, at + Math.floor((this.#json.length - used - most) / 3))
  }

  #grow(): void {
    this.#json = doubled(this.#json)
    if (this.#isContent) this.#text = doubled(this.#text)
  }

  #close(at: number, used: number): number {
    const json = this.#json
    json[used] = quote
    json[used + 1] = comma
    json[used + 2] = quote
    this.#used = used + 3
    return at
  }
}

const isRestOfCharacter = (byte: number): boolean => (byte & 0xc0) === 0x80

/** Whether the four digits of this `\u` do not go on in the next value; that they are digits is seen when all is read. */
function isWholeEscape(bytes: Uint8Array, at: number, end: number): boolean {
  for (let digit = at + 1; digit <= at + 4; digit++) if (digit >= end || bytes[digit] === quote) return false
  return true
}

const empty = new Uint8Array(0)

const newBytes = (): Uint8Array => spares.pop() ?? new Uint8Array(firstSize)

function spare(bytes: Uint8Array): void {
  if (bytes.length === firstSize && spares.length < mostSpares) spares.push(bytes)
}

function doubled(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  spare(bytes)
  return larger
}
