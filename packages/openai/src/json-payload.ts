import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'

/** A value as one parsed it, with the text that it came from. */
export interface ParsedJson {
  readonly text: string
  readonly value: unknown
}

/** The JSON in this text, or `undefined` where it is none. */
export function parseJson(text: string): ParsedJson | undefined {
  try {
    return { text, value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The payload of a list with this one value, without capturing it again; `undefined` where it must be captured. */
export function payloadOfJson(json: ParsedJson, limits: CaptureLimits): Payload | undefined {
  if (byteBound(json.text) + 2 > limits.maxPayloadBytes || !isPlain(json.value, limits, 1)) return undefined
  return { json: `[${json.text}]` }
}

// A character takes three bytes at most, so most texts need not be measured.
const byteBound = (text: string) => (text.length < 1_000_000 ? text.length * 3 : Buffer.byteLength(text))

/** Whether parsed JSON can be kept as its text: nothing to redact in it, nothing too deep, nothing too long. */
export function isPlain(value: unknown, limits: CaptureLimits, depth = 0): boolean {
  // A text that may be JSON, as a tool's arguments are, may hold secrets too.
  if (typeof value === 'string') return !mayBeJson(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= limits.maxDepth) return false
  if (Array.isArray(value)) return isPlainList(value, limits, depth + 1)
  let index = 0
  for (const key in value) {
    if (limits.isSecret(key, depth, index++)) return false
    const inner = (value as Record<string, unknown>)[key]
    // Most need no call of their own.
    if (typeof inner === 'string' ? mayBeJson(inner) : !isPlain(inner, limits, depth + 1)) return false
  }
  return true
}

function isPlainList(list: readonly unknown[], limits: CaptureLimits, depth: number): boolean {
  if (list.length > limits.maxLength) return false
  for (const item of list) if (!isPlain(item, limits, depth)) return false
  return true
}

function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === 123 || first === 91 || (first <= 32 && /^\s*[{[]/.test(text))
}
