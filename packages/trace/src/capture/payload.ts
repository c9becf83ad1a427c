import type { Payload, SpanError } from '@runtape/core'
import { messageOf, summarizeError } from '@runtape/core/internal'
import { redactedText } from '../redaction/secret-names.ts'
import { beginCapturing, endCapturing } from './capturing.ts'
import { decodeValue } from './decode.ts'
import { Encoder } from './encoder.ts'
import { expectParts } from './late/late-parts.ts'
import { LazyPayload } from './late/lazy-payload.ts'
import { type CaptureLimits, defaultLimits } from './limits.ts'
import { Notes, TooLarge } from './notes.ts'

/**
 * Captures a value in its current state. Never throws, never changes the value, and reads each property once. Values that cannot
 * be kept are listed in `lossy` with their paths, up to a hundred.
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
  return payloadOf(notes, limits, () => JSON.stringify(new Encoder(limits, notes).walk(value, undefined, '')))
}

/** `encodeValue` for a record that waits for its bodies and blobs: see `wholePayload`. */
function encodeForRecord(value: unknown, limits: CaptureLimits): Payload {
  const notes = new Notes(limits.maxPayloadBytes)
  let copy: unknown
  const payload = payloadOf(notes, limits, () => {
    copy = new Encoder(limits, notes, { waits: true }).walk(value, undefined, '')
    return JSON.stringify(copy)
  })
  return notes.late ? withLateParts(payload, notes, limits, copy) : payload
}

function withLateParts(payload: Payload, notes: Notes, limits: CaptureLimits, copy: unknown): Payload {
  if (notes.late && payload.truncated === undefined)
    expectParts(payload, notes.late, () => payloadOf(notes, limits, () => JSON.stringify(copy)))
  return payload
}

// Beyond this size, serialising noticeably delays the caller.
const large = 64 * 1024

/** Captures a value in its current state; the text of a large value is written in a later turn of the event loop. */
function encodeLazily(value: unknown, limits: CaptureLimits): Payload | LazyPayload {
  const notes = new Notes(limits.maxPayloadBytes)
  beginCapturing()
  try {
    const copy = new Encoder(limits, notes, { waits: true }).walk(value, undefined, '')
    const write = () => payloadOf(notes, limits, () => JSON.stringify(copy))
    if (notes.late) return withLateParts(write(), notes, limits, copy)
    return notes.bytes > large ? new LazyPayload(write) : write()
  } catch (error) {
    return notCaptured(error)
  } finally {
    endCapturing()
  }
}

/** The payload of a value that `write` serialises; never throws. */
export function payloadOf(notes: Notes, { maxPayloadBytes }: CaptureLimits, write: () => string): Payload {
  beginCapturing()
  try {
    const json = write()
    const size = byteSize(json, maxPayloadBytes)
    return size > maxPayloadBytes ? { json: 'null', truncated: size } : notes.payload(json)
  } catch (error) {
    return notCaptured(error)
  } finally {
    endCapturing()
  }
}

function notCaptured(error: unknown): Payload {
  if (error instanceof TooLarge) return { json: 'null', truncated: error.bytes }
  return { json: 'null', lossy: [`$: could not be captured: ${messageOf(error)}`] }
}

// A character takes at most three bytes, so most texts need not be measured.
const byteSize = (json: string, limit: number) =>
  json.length * 3 > limit ? Buffer.byteLength(json) : json.length

/** Placeholder for an input or output that is not kept. */
export const leftOut: Payload = { json: JSON.stringify(redactedText), redacted: ['$'] }

/** Captures the arguments of a call, if inputs are kept. */
export function captureInput(args: readonly unknown[], limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsInput === false ? leftOut : encodeForRecord(args, limits)
}

/** `captureInput` for a running call: the text of a large input is written in a later turn of the event loop. */
export function captureLazily(args: readonly unknown[], limits: CaptureLimits): Payload | LazyPayload {
  return limits.keepsInput === false ? leftOut : encodeLazily(args, limits)
}

/** Captures a call's result, if outputs are kept. */
export function captureOutput(value: unknown, limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsOutput === false ? leftOut : encodeForRecord(value, limits)
}

/** Captures a thrown value. A replay throws it again, so it is kept even if outputs are not. */
export function captureError(error: unknown, limits: CaptureLimits): SpanError {
  const whole = encodeForRecord(error, limits)
  const value = whole.truncated === undefined ? whole : encodeSmallParts(error, limits)
  // From an error that may have been redacted: what remains of name and message.
  const { name, message } = summarizeError(limits.redact || value.redacted ? readBack(value) : error)
  return { name, message, value }
}

/** From a value that is too large: its small parts, with the rest marked lossy. */
function encodeSmallParts(value: unknown, limits: CaptureLimits): Payload {
  // Its size is counted in characters here, of up to three bytes.
  const notes = new Notes(limits.maxPayloadBytes / 3)
  return payloadOf(notes, limits, () =>
    JSON.stringify(new Encoder(limits, notes, { dropsLarge: true }).walk(value, undefined, '')),
  )
}

function readBack(value: Payload): unknown {
  try {
    return decodeValue(value)
  } catch {
    return redactedText
  }
}
