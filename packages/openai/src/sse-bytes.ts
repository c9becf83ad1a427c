const newline = 10
const carriageReturn = 13
const quote = 34
const comma = 44
const openBrace = 123
const closeBrace = 125
const nullField = new TextEncoder().encode(',"usage":null')
const names = { usage: new TextEncoder().encode('"usage"'), error: new TextEncoder().encode('"error"') }

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

/** Where this piece last names this field; -1 where it does not. */
export function lastField(piece: Uint8Array, field: keyof typeof names): number {
  const name = names[field]
  const second = name[1]
  for (let at = piece.length - name.length; at >= 0; at--)
    if (piece[at] === quote && piece[at + 1] === second && startsWith(piece, name, at)) return at
  return -1
}

/** Whether the `"usage"` here is a `null` of the event itself, as chunks have it whose stream tells its usage later. */
export function isNullUsage(piece: Uint8Array, at: number): boolean {
  const start = at - 1
  if (piece[start] !== comma || !startsWith(piece, nullField, start)) return false
  let braces = 0
  for (let rest = start + nullField.length; rest < piece.length; rest++) {
    if (piece[rest] === openBrace) return false
    if (piece[rest] === closeBrace) braces++
  }
  return braces === 1
}

/** The piece without the `"usage":null` that is here. */
export function withoutNullUsage(piece: Uint8Array, at: number): Uint8Array {
  const start = at - 1
  const rest = start + nullField.length
  const shorter = piece.slice(0, piece.length - nullField.length)
  for (let from = rest, to = start; from < piece.length; from++, to++) shorter[to] = piece[from] as number
  return shorter
}

/** Whether both begin alike, as events of one kind do. */
export function beginsLike(piece: Uint8Array, other: Uint8Array): boolean {
  return piece.length >= other.length && startsWith(piece, other, 0)
}

function startsWith(piece: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let index = 0; index < part.length; index++) if (piece[at + index] !== part[index]) return false
  return true
}
