import { captureOutput, fieldsOf, jsonOf, numberOf, textOf } from '@runtape/provider'
import type { CaptureLimits } from '@runtape/trace'

/**
 * Whether the bytes of an event stream contain values that must not be kept, including events that are unknown to the SDK,
 * unread, or incomplete, and values that arrive in pieces, such as a tool's arguments.
 */
export function streamHoldsSecret(bytes: Buffer, limits: CaptureLimits): boolean {
  const { redact, ...named } = limits
  const payloads = payloadsIn(bytes, redact === undefined && wordNames.every(name => !limits.isSecret(name)))
  const { texts, rest, spoken } = payloads
  // Property names are searched in the text, which is many times faster than parsing.
  if (holds(`[${texts.join()}]`, named) || holds(jsonFrom(rest), named) || holds(spoken, named)) return true
  // Only nested quotes can indicate truncated JSON.
  const hasPieces = redact !== undefined || payloads.hasQuotes
  if (!hasPieces && !named.redactsValues) return false
  const values = (hasPieces ? payloadsIn(bytes, false).texts : texts).map(text => jsonOf(text) ?? text)
  const columns = columnsOf(values, rest)
  return redact ? holds({ events: [...values, rest], texts: columns }, limits) : holds(columns, named)
}

// The decoded values may be larger than the bytes.
const holds = (value: unknown, limits: CaptureLimits): boolean =>
  isTouched(captureOutput(value, { ...limits, maxPayloadBytes: Number.POSITIVE_INFINITY }))

const jsonFrom = (text: string): string => text.slice(Math.max(text.search(/[{[]/), 0))

// Values that are too deep or too long to inspect are not kept either.
const isTouched = ({ redacted, lossy }: ReturnType<typeof captureOutput>): boolean =>
  redacted !== undefined || lossy !== undefined

const preludeSize = 12
const checksumSize = 4

// Nearly all frames of a long answer are like this: known names, and text without quotes.
const words = /\{"contentBlockIndex":(\d+),"delta":\{"text":"([^"\\]*)"\}(?:,"p":"[^"\\]*")?\}/y
const wordNames = ['contentBlockIndex', 'delta', 'text', 'p']
const quote = /\\(?:"|u0022)/

interface Payloads {
  readonly texts: readonly string[]
  /** Everything after the last complete frame. */
  readonly rest: string
  /** The text of the skipped frames, block by block; only its ASCII characters are reliable. */
  readonly spoken: readonly string[]
  readonly hasQuotes: boolean
}

/** The payloads of a stream's frames, without those that contain only words and may be skipped. */
function payloadsIn(bytes: Buffer, passesOver: boolean): Payloads {
  const latin = passesOver ? bytes.toString('latin1') : ''
  const texts: string[] = []
  const spoken: string[] = []
  let at = 0
  while (at + preludeSize + checksumSize <= bytes.length) {
    const size = bytes.readUInt32BE(at)
    const start = at + preludeSize + bytes.readUInt32BE(at + 4)
    const end = at + size - checksumSize
    if (start > end || at + size > bytes.length) break
    words.lastIndex = start
    const [, block = '', word = ''] = (passesOver && words.exec(latin)) || []
    if (block !== '' && words.lastIndex === end) spoken[Number(block)] = (spoken[Number(block)] ?? '') + word
    else for (const text of textsIn(bytes.subarray(start, end))) texts.push(text)
    at += size
  }
  const rest = textsIn(bytes.subarray(at)).reverse().join(' ')
  return {
    texts,
    rest,
    spoken: Object.values(spoken),
    hasQuotes: quote.test(rest) || texts.some(text => quote.test(text)),
  }
}

const coded = /"bytes"\s*:\s*"([A-Za-z0-9+/]*)/
const chunkAlone = /^\{"bytes":"[A-Za-z0-9+/=]*"(?:,"p":"[^"\\]*")?\}$/

/** The text of a payload, and the encoded text in it, such as a vendor's own. */
function textsIn(payload: Buffer): string[] {
  const text = payload.toString()
  const inner = coded.exec(text)?.[1]
  if (inner === undefined) return [text]
  const decoded = Buffer.from(inner, 'base64').toString()
  return chunkAlone.test(text) ? [decoded] : [decoded, text]
}

/** The concatenated texts at the same path of consecutive events. */
function columnsOf(values: readonly unknown[], rest: string): string[] {
  const columns = new Map<string, string>()
  for (const value of values) addTo(columns, '', value)
  const texts = [...columns.values()]
  const tail = /"((?:[^"\\]|\\.)*)\\?$/.exec(rest)?.[1]
  if (tail === undefined) return texts
  // Which of them the incomplete rest continues is unknown.
  const more = textOf(jsonOf(`"${tail}"`)) ?? tail
  return texts.map(text => text + more)
}

function addTo(columns: Map<string, string>, place: string, value: unknown): void {
  if (typeof value === 'string') columns.set(place, (columns.get(place) ?? '') + value)
  if (typeof value !== 'object' || value === null) return
  const { index, contentBlockIndex } = fieldsOf(value)
  const block = numberOf(index) ?? numberOf(contentBlockIndex) ?? ''
  // In a list, the index identifies it, if it has one.
  for (const [key, inner] of Object.entries(value)) {
    const name = Array.isArray(value) && numberOf(fieldsOf(inner).index) !== undefined ? '' : key
    addTo(columns, `${place}${block}/${name}`, inner)
  }
}
