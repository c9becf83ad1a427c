import type { Payload, SpanError, SpanRecord } from '@runtape/core'
import { droppedTag, type ReplayDecision, resultKinds } from '@runtape/core/internal'
import { encodeValue } from '@runtape/trace'

export type ServeDecision = Extract<ReplayDecision, { action: 'serve' }>

const kinds: ReadonlySet<string> = new Set(resultKinds)

/** Why a recorded call cannot answer for another, or `undefined` when it can. */
export function whyNoAnswer(span: SpanRecord): string | undefined {
  const { status, output, resultKind } = span
  if (droppedTag(span)) return 'the recorded one was dropped: drop() kept its answer off the tape'
  if (!kinds.has(resultKind))
    return `the recorded one gave what this version does not know (${resultKind}); update @runtape/replay, or record again`
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
    isRecorded: true,
    ...(output && { output }),
    ...(error && { error: thrownValue(error) }),
  }
}

// Of an error that was too large to keep, its name and message are there all the same. Records of another version may
// have no value at all.
function thrownValue({ name, message, value }: Partial<SpanError>): Payload {
  const isKept = value !== undefined && value.truncated === undefined
  return isKept
    ? value
    : encodeValue(Object.assign(new Error(message ?? 'what was thrown is not on the tape'), { name }))
}
