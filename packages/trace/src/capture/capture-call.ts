import type { Payload, SpanError } from '@runtape/core'
import { summarizeError } from '@runtape/core/internal'
import { decodeValue } from './decode.ts'
import { encodeLazily, encodeValue } from './encode.ts'
import type { LazyPayload } from './late-payload.ts'
import { type CaptureLimits, defaultLimits } from './limits.ts'
import { redactedText } from './redaction.ts'

/** What stands for an input or output that is not kept at all. */
export const leftOut: Payload = { json: JSON.stringify(redactedText), redacted: ['$'] }

/** Captures the arguments of a call, if inputs are kept. */
export function captureInput(args: readonly unknown[], limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsInput === false ? leftOut : encodeValue(args, limits)
}

/** `captureInput` for a call that goes on: the text of a large input is written in a later turn of the event loop. */
export function captureLazily(args: readonly unknown[], limits: CaptureLimits): Payload | LazyPayload {
  return limits.keepsInput === false ? leftOut : encodeLazily(args, limits)
}

/** Captures what a call gave, if outputs are kept. */
export function captureOutput(value: unknown, limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsOutput === false ? leftOut : encodeValue(value, limits)
}

/** Captures what a call threw: a replay throws it again, so it is kept also where outputs are not. */
export function captureError(error: unknown, limits: CaptureLimits): SpanError {
  const value = encodeValue(error, limits)
  // Of an error that somebody may have redacted, name and message are what is left of them.
  const { name, message } = summarizeError(limits.redact ? readBack(value) : error)
  return { name, message, value }
}

function readBack(value: Payload): unknown {
  try {
    return decodeValue(value)
  } catch {
    return redactedText
  }
}
