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
 * These events without their `"usage":null`, as chunks have it whose stream tells its usage later. `undefined` where they
 * need a closer look: one of them is not one line of JSON, or tells more.
 */
export function withoutNullUsage(events: Uint8Array): Uint8Array | undefined {
  const cuts = nullUsagesIn(events)
  if (!cuts || cuts.length === 0) return cuts && events
  return without(events, cuts)
}

/** The same, of a host whose `"usage":null` is its own: the events as they are. */
export const withNullUsage = (events: Uint8Array): Uint8Array | undefined => nullUsagesIn(events) && events

/** Where the `,"usage":null` of these events begin; `undefined` where they need a closer look. */
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

/** Where the event ends that begins here and is one line; -1 where it is none. */
function endOfOneLine(events: Uint8Array, from: number): number {
  // Buffers are searched by the system, several times as fast.
  const at: number = Buffer.prototype.indexOf.call(events, newline, from)
  return at !== -1 && events[at + 1] === newline ? at + 2 : -1
}

/** Where the usage is last named between these places; -1 where it is not. */
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

/** The events without what is at these places. */
function without(events: Uint8Array, cuts: readonly number[]): Uint8Array {
  const { length } = nullField
  // Not by `slice`: of a Buffer that is the same memory.
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

/** Where the event begins in which a choice ends, which names a `finish_reason` that is not `null`; -1 where none does. */
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

/** Whether these bytes stand here. */
function startsWith(piece: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let index = 0; index < part.length; index++) if (piece[at + index] !== part[index]) return false
  return true
}
