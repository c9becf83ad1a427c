const newline = 10
const carriageReturn = 13

/** Where the event that begins at `start` ends: after a blank line, or `upTo` if there is none. */
export function endOfEvent(bytes: Uint8Array, start: number, upTo: number): number {
  for (let at = start; at < upTo; at++) {
    const second = endOfLine(bytes, at, upTo)
    const end = second > at ? endOfLine(bytes, second, upTo) : second
    if (end > second) return end
  }
  return upTo
}

/** After the end of the line that is here; `at` itself where there is none. */
function endOfLine(bytes: Uint8Array, at: number, upTo: number): number {
  if (at >= upTo || (bytes[at] !== newline && bytes[at] !== carriageReturn)) return at
  return bytes[at] === carriageReturn && at + 1 < upTo && bytes[at + 1] === newline ? at + 2 : at + 1
}

/** Whether this piece is one event and nothing else. */
export function isOneEvent(piece: Uint8Array): boolean {
  // Buffers are searched by the system, several times as fast.
  let at = Buffer.prototype.indexOf.call(piece, newline)
  if (at === piece.length - 2) return piece[at + 1] === newline
  while (at !== -1 && piece[at + 1] !== newline) at = piece.indexOf(newline, at + 1)
  return at !== -1 && at === piece.length - 2
}

/** Whether both begin alike, as events of one kind do. */
export function beginsLike(piece: Uint8Array, other: Uint8Array, from = 0): boolean {
  return piece.length - from >= other.length && startsWith(piece, other, from)
}

/** Whether these bytes stand here. */
export function startsWith(piece: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let index = 0; index < part.length; index++) if (piece[at + index] !== part[index]) return false
  return true
}
