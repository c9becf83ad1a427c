const newline = 10
const quote = 34
const comma = 44
const openBrace = 123
const closeBrace = 125
const encoder = new TextEncoder()
const start = encoder.encode('data: {')
const usageName = encoder.encode('"usage"')
const nullField = encoder.encode(',"usage":null')
const finishField = encoder.encode('"finish_reason"')
const nullValue = encoder.encode(':null')

/**
 * These events without the `"usage":null` of chunks whose stream reports usage later. `undefined` if they must be parsed: one of
 * them is not one line of JSON, or has more.
 */
export function withoutNullUsage(events: Uint8Array): Uint8Array | undefined {
  const cuts = nullUsagesIn(events)
  if (!cuts || cuts.length === 0) return cuts && events
  return without(events, cuts)
}

/** The same for a host with its own `"usage":null`: the events unchanged. */
export const withNullUsage = (events: Uint8Array): Uint8Array | undefined => nullUsagesIn(events) && events

/** Offsets of the `,"usage":null` of these events; `undefined` if they must be parsed. */
function nullUsagesIn(events: Uint8Array): readonly number[] | undefined {
  const cuts: number[] = []
  for (let from = 0, end = 0; from < events.length; from = end) {
    end = endOfOneLine(events, from)
    if (end === -1 || !startsWith(events, start, from)) return undefined
    const at = lastUsage(events, from, end)
    if (at === -1) continue
    if (!isNullUsage(events, at, end)) return undefined
    cuts.push(at - 1)
  }
  return cuts
}

/** End of the one-line event that starts here; -1 if it is not one. */
function endOfOneLine(events: Uint8Array, from: number): number {
  // Buffers are searched natively, several times as fast.
  const at: number = Buffer.prototype.indexOf.call(events, newline, from)
  return at !== -1 && events[at + 1] === newline ? at + 2 : -1
}

/** Offset of the last `usage` in this range; -1 if there is none. */
function lastUsage(events: Uint8Array, from: number, end: number): number {
  const second = usageName[1]
  for (let at = end - usageName.length; at >= from; at--)
    if (events[at] === quote && events[at + 1] === second && startsWith(events, usageName, at)) return at
  return -1
}

/** Whether the `"usage"` here is a `null` of the event itself, which ends at `end`. */
function isNullUsage(events: Uint8Array, at: number, end: number): boolean {
  const field = at - 1
  if (events[field] !== comma || !startsWith(events, nullField, field)) return false
  let braces = 0
  for (let rest = field + nullField.length; rest < end; rest++) {
    if (events[rest] === openBrace) return false
    if (events[rest] === closeBrace) braces++
  }
  return braces === 1
}

/** The events without the bytes at these offsets. */
function without(events: Uint8Array, cuts: readonly number[]): Uint8Array {
  const { length } = nullField
  // Not with `slice`: for a Buffer that is the same memory.
  const shorter = new Uint8Array(events.length - cuts.length * length)
  let to = cuts[0] as number
  shorter.set(events.subarray(0, to))
  for (let cut = 0; cut < cuts.length; cut++) {
    const end = cuts[cut + 1] ?? events.length
    for (let from = (cuts[cut] as number) + length; from < end; from++, to++)
      shorter[to] = events[from] as number
  }
  return shorter
}

/** Start of the event in which a choice ends, with a `finish_reason` other than `null`; -1 if there is none. */
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

/** Whether these bytes are at this offset. */
function startsWith(piece: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let index = 0; index < part.length; index++) if (piece[at + index] !== part[index]) return false
  return true
}
