import type { Payload } from '@runtape/core'
import { encodeValue } from './encode.ts'
import { type CaptureLimits, defaultLimits } from './limits.ts'
import { redactedText } from './redaction.ts'

/** What stands for an input or output that is not kept at all. */
export const leftOut: Payload = { json: JSON.stringify(redactedText), redacted: ['$'] }

/** Captures the arguments of a call, if inputs are kept. */
export function captureInput(args: readonly unknown[], limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsInput === false ? leftOut : encodeValue(args, limits)
}

/** Captures what a call gave, if outputs are kept. */
export function captureOutput(value: unknown, limits: CaptureLimits = defaultLimits): Payload {
  return limits.keepsOutput === false ? leftOut : encodeValue(value, limits)
}
