import { beginsLike, startsWith } from '@runtape/provider/http'

const newline = 10
const quote = 34
const comma = 44
const openBrace = 123
const closeBrace = 125
const encoder = new TextEncoder()
const nullField = encoder.encode(',"usage":null')
const finishField = encoder.encode('"finish_reason"')
const nullValue = encoder.encode(':null')
const names = { usage: encoder.encode('"usage"'), error: encoder.encode('"error"') }

/** Whether a piece of a chat stream may say more than another piece of the answer: its usage, its end, a failure. */
export function mayTell(piece: Uint8Array): boolean {
  return tellsFinish(piece) || lastField(piece, 'error') !== -1 || tellsUsage(piece)
}

function tellsUsage(piece: Uint8Array): boolean {
  const at = lastField(piece, 'usage')
  return at !== -1 && !isNullUsage(piece, at, piece.length)
}

/** Where this piece last names this field between these places; -1 where it does not. */
function lastField(piece: Uint8Array, field: keyof typeof names, from = 0, end = piece.length): number {
  const name = names[field]
  const second = name[1]
  for (let at = end - name.length; at >= from; at--)
    if (piece[at] === quote && piece[at + 1] === second && startsWith(piece, name, at)) return at
  return -1
}

/**
 * The piece without the `"usage":null` of its events, as chunks have it whose stream tells its usage later. `undefined`
 * where it needs a closer look: it is not made of whole events that begin like this, or one of them tells more.
 */
export function withoutNullUsage(piece: Uint8Array, start: Uint8Array): Uint8Array | undefined {
  const cuts = nullUsagesIn(piece, start)
  if (!cuts || cuts.length === 0) return cuts && piece
  return without(piece, cuts)
}

/** The same, of a host whose `"usage":null` is its own: the piece as it is. */
export const withNullUsage = (piece: Uint8Array, start: Uint8Array): Uint8Array | undefined =>
  nullUsagesIn(piece, start) && piece

/** Where the `,"usage":null` of its events begin; `undefined` where it needs a closer look. */
function nullUsagesIn(piece: Uint8Array, start: Uint8Array): readonly number[] | undefined {
  const cuts: number[] = []
  for (let from = 0, end = 0; from < piece.length; from = end) {
    end = endOfOneLine(piece, from)
    if (end === -1 || !beginsLike(piece, start, from)) return undefined
    const at = lastField(piece, 'usage', from, end)
    if (at === -1) continue
    if (!isNullUsage(piece, at, end)) return undefined
    cuts.push(at - 1)
  }
  return cuts
}

/** Where the event ends that begins here and is one line; -1 where it is none. */
function endOfOneLine(piece: Uint8Array, from: number): number {
  // Buffers are searched by the system, several times as fast.
  const at: number = Buffer.prototype.indexOf.call(piece, newline, from)
  return at !== -1 && piece[at + 1] === newline ? at + 2 : -1
}

/** Whether the `"usage"` here is a `null` of the event itself, which ends at `end`. */
function isNullUsage(piece: Uint8Array, at: number, end: number): boolean {
  const start = at - 1
  if (piece[start] !== comma || !startsWith(piece, nullField, start)) return false
  let braces = 0
  for (let rest = start + nullField.length; rest < end; rest++) {
    if (piece[rest] === openBrace) return false
    if (piece[rest] === closeBrace) braces++
  }
  return braces === 1
}

/** The piece without what is at these places. */
function without(piece: Uint8Array, cuts: readonly number[]): Uint8Array {
  const { length } = nullField
  // Not by `slice`: of a Buffer that is the same memory.
  const shorter = new Uint8Array(piece.length - cuts.length * length)
  let to = cuts[0] as number
  shorter.set(piece.subarray(0, to))
  for (let cut = 0; cut < cuts.length; cut++) {
    const end = cuts[cut + 1] ?? piece.length
    for (let from = (cuts[cut] as number) + length; from < end; from++, to++)
      shorter[to] = piece[from] as number
  }
  return shorter
}

/** Whether a choice ends in this piece: whether it names a `finish_reason` that is not `null`. */
const tellsFinish = (piece: Uint8Array): boolean => finishIn(piece) !== -1

/** Where the event begins in which a choice ends; -1 where none does. */
export function endIn(piece: Uint8Array): number {
  const at = finishIn(piece)
  if (at === -1) return -1
  for (let start = at; start > 0; start--) if (piece[start - 1] === newline) return start
  return 0
}

function finishIn(piece: Uint8Array): number {
  const { length } = finishField
  for (let at = find(piece, finishField, 0); at !== -1; at = find(piece, finishField, at + length))
    if (!startsWith(piece, nullValue, at + length)) return at
  return -1
}

const find = (piece: Uint8Array, part: Uint8Array, from: number): number =>
  Buffer.prototype.indexOf.call(piece, part, from)
