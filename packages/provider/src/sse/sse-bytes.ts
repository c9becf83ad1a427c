const newline = 10
const carriageReturn = 13

/** Where the event that begins at `start` ends: after a blank line, or `upTo` if there is none. */
export function endOfEvent(bytes: Uint8Array, start: number, upTo: number): number {
  const end = endOfBlankLine(bytes, start, upTo)
  return end === -1 ? upTo : end
}

/** Where the first blank line after `start` ends; -1 if there is none. */
function endOfBlankLine(bytes: Uint8Array, start: number, upTo: number): number {
  for (let at = start; at < upTo; at++) {
    const second = endOfLine(bytes, at, upTo)
    const end = second > at ? endOfLine(bytes, second, upTo) : second
    if (end > second) return end
  }
  return -1
}

/** After the end of the line that is here; `at` itself where there is none. */
function endOfLine(bytes: Uint8Array, at: number, upTo: number): number {
  if (at >= upTo || (bytes[at] !== newline && bytes[at] !== carriageReturn)) return at
  return bytes[at] === carriageReturn && at + 1 < upTo && bytes[at + 1] === newline ? at + 2 : at + 1
}

/**
 * Where the last event ends that is whole; -1 where none is. A carriage return at the end may be half the end of a line:
 * what it ends is not whole yet.
 */
export function endOfLastEvent(bytes: Uint8Array): number {
  const { length } = bytes
  // As nearly all pieces end.
  if (bytes[length - 1] === newline && bytes[length - 2] === newline && !endsLine(bytes[length - 3]))
    return length
  const upTo = bytes[length - 1] === carriageReturn ? length - 1 : length
  let last = -1
  for (let end = endOfBlankLine(bytes, 0, upTo); end !== -1; end = endOfBlankLine(bytes, last, upTo))
    last = end
  return last
}

const endsLine = (byte: number | undefined): boolean => byte === newline || byte === carriageReturn

/** In separate memory: the pool that Buffers share cannot be transferred by a stream. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
