import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'
import { isPlainJson } from '@runtape/trace/provider'

/** A parsed value and its text. */
export interface ParsedJson {
  readonly text: string
  readonly value: unknown
}

/** The parsed JSON, or `undefined` if the text is invalid. */
export function parseJson(text: string): ParsedJson | undefined {
  try {
    return { text, value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The payload of a list with only this value, without capturing it again; `undefined` if it must be captured. */
export function payloadOfJson(json: ParsedJson, limits: CaptureLimits): Payload | undefined {
  if (byteBound(json.text) + 2 > limits.maxPayloadBytes || !isPlainJson(json.value, limits, 1))
    return undefined
  return { json: `[${json.text}]` }
}

// A character takes at most three bytes, so most texts need not be measured.
const byteBound = (text: string) => (text.length < 1_000_000 ? text.length * 3 : Buffer.byteLength(text))
