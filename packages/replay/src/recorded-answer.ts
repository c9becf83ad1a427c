import type { Payload, ReplayDecision, SpanError, SpanRecord } from '@runtape/core'
import { encodeValue } from '@runtape/trace'

export type ServeDecision = Extract<ReplayDecision, { action: 'serve' }>

/** Why a recorded call cannot answer for another, or `undefined` when it can. */
export function whyNoAnswer({ status, output }: SpanRecord): string | undefined {
  if (status === 'unfinished') return 'the recorded one had not ended'
  if (output?.truncated !== undefined)
    return `the recorded output was too large to keep (${output.truncated} bytes; see maxPayloadBytes)`
  if (output?.redacted?.includes('$'))
    return 'the recorded output was kept out (by capture: { output: false } or by a redact hook)'
  if (output?.lossy) return `the recorded output could not be kept as it was (${output.lossy.join(', ')})`
  return undefined
}

/** The decision to answer with what was recorded. */
export function recordedAnswer({ spanId, resultKind, output, error, status }: SpanRecord): ServeDecision {
  return {
    action: 'serve',
    sourceSpanId: spanId,
    resultKind,
    // An abandoned stream has no end on the tape either.
    complete: status !== 'cancelled' && status !== 'abandoned',
    ...(output && { output }),
    ...(error && { error: thrownValue(error) }),
  }
}

// Of an error that was too large to keep, its name and message are there all the same.
function thrownValue({ name, message, value }: SpanError): Payload {
  return value.truncated === undefined ? value : encodeValue(Object.assign(new Error(message), { name }))
}
