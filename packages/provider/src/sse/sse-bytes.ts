const newline = 10
const carriageReturn = 13

/** Offset after the event that starts at `start`: after a blank line, or `upTo` if there is none. */
export function endOfEvent(bytes: Uint8Array, start: number, upTo: number): number {
  const end = endOfBlankLine(bytes, start, upTo)
  return end === -1 ? upTo : end
}

/** Offset after the first blank line after `start`; -1 if there is none. */
function endOfBlankLine(bytes: Uint8Array, start: number, upTo: number): number {
  for (let at = start; at < upTo; at++) {
    const second = endOfLine(bytes, at, upTo)
    const end = second > at ? endOfLine(bytes, second, upTo) : second
    if (end > second) return end
  }
  return -1
}

/** Offset after the line end at `at`; `at` if there is none. */
function endOfLine(bytes: Uint8Array, at: number, upTo: number): number {
  if (at >= upTo || (bytes[at] !== newline && bytes[at] !== carriageReturn)) return at
  return bytes[at] === carriageReturn && at + 1 < upTo && bytes[at + 1] === newline ? at + 2 : at + 1
}

/**
 * Offset after the last complete event; -1 if there is none. A carriage return at the end may be half of a line end, so
 * its event is not complete yet.
 */
export function endOfLastEvent(bytes: Uint8Array): number {
  const { length } = bytes
  // Nearly all pieces end this way.
  if (bytes[length - 1] === newline && bytes[length - 2] === newline && !endsLine(bytes[length - 3]))
    return length
  const upTo = bytes[length - 1] === carriageReturn ? length - 1 : length
  let last = -1
  for (let end = endOfBlankLine(bytes, 0, upTo); end !== -1; end = endOfBlankLine(bytes, last, upTo))
    last = end
  return last
}

const endsLine = (byte: number | undefined): boolean => byte === newline || byte === carriageReturn

/** In separate memory: a stream cannot transfer the pool that Buffers share. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
