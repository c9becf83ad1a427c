import { messageOf, type Payload } from '@runtape/core'
import { Encoder } from './encoder.ts'
import { type CaptureLimits, defaultLimits } from './limits.ts'
import { Notes, TooLarge } from './notes.ts'

/**
 * Captures a value as it is now. Never throws, never changes the value, and reads each property once.
 * What cannot be kept is listed in `lossy` with its path; of very many such places, the first hundred.
 *
 * @example
 * ```ts
 * import { decodeValue, encodeValue } from '@runtape/trace'
 *
 * const payload = encodeValue({ at: new Date(0), seen: new Set([1]) })
 * payload.json // {"at":"1970-01-01T00:00:00.000Z","seen":[1]}
 * decodeValue(payload) // { at: Date, seen: Set }
 * ```
 */
export function encodeValue(value: unknown, limits: CaptureLimits = defaultLimits): Payload {
  const notes = new Notes(limits.maxPayloadBytes)
  return payloadOf(notes, limits, () => new Encoder(limits, notes).walk(value, undefined, ''))
}

/** The payload of a value of which `copy` makes a copy that JSON has words for; never throws. */
export function payloadOf(notes: Notes, { maxPayloadBytes }: CaptureLimits, copy: () => unknown): Payload {
  try {
    const json = JSON.stringify(copy())
    const size = byteSize(json, maxPayloadBytes)
    return size > maxPayloadBytes ? { json: 'null', truncated: size } : notes.payload(json)
  } catch (error) {
    if (error instanceof TooLarge) return { json: 'null', truncated: error.bytes }
    return { json: 'null', lossy: [`$: could not be captured: ${messageOf(error)}`] }
  }
}

// A character takes three bytes at most, so most texts need not be measured.
const byteSize = (json: string, limit: number) =>
  json.length * 3 > limit ? Buffer.byteLength(json) : json.length
