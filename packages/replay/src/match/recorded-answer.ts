import type { Payload, ResultKind, SpanRecord } from '@runtape/core'
import { droppedTag, effectsOf, type ReplayDecision, resultKinds } from '@runtape/core/internal'
import { lostForGood, whyNotThrown } from '@runtape/trace/provider'

export type Mutable<T> = { -readonly [Part in keyof T]: T[Part] }
export type ServeDecision = Extract<ReplayDecision, { action: 'serve' }>

const kinds: ReadonlySet<string> = new Set(resultKinds)

/** Why a recorded call cannot answer another, or `undefined` if it can. */
export function whyNoAnswer(span: SpanRecord): string | undefined {
  const { status, output, resultKind } = span
  if (droppedTag(span)) return 'the recorded call was dropped by drop(), which keeps no answer'
  if (!kinds.has(resultKind))
    return `the result kind of the recorded call is unknown to this version (${resultKind}): update @runtape/replay`
  if (status === 'unfinished' && !canWait(resultKind))
    return 'the recorded call had not ended, and a synchronous call cannot wait'
  // The argument itself is returned.
  const answer = effectsOf(span)?.returned === undefined ? output : undefined
  return whyNoOutput(answer) ?? whyNoError(span)
}

function whyNoOutput(output: Payload | undefined): string | undefined {
  if (!output) return undefined
  const { json, truncated, redacted } = output
  // A store would refuse the record of the replay.
  if (typeof json !== 'string') return 'the recorded output is damaged'
  if (truncated !== undefined)
    return `the recorded output was too large to keep (${truncated} bytes; see maxPayloadBytes)`
  if (redacted?.includes('$'))
    return 'the recorded output was not kept (by capture: { output: false } or a redact hook)'
  if (redacted) return `the recorded output has redacted values (${listed(redacted)})`
  const lost = lostForGood(output)
  if (lost.length > 0) return `the recorded output contains values that could not be kept (${listed(lost)})`
  return undefined
}

// A model call whose response is on the tape also has its error there.
function whyNoError({ status, output, error }: SpanRecord): string | undefined {
  if (status !== 'error' || output) return undefined
  if (error?.value && typeof error.value.json !== 'string') return 'the error of the recorded call is damaged'
  return error?.value ? whyNotThrown(error.value) : 'the error of the recorded call is not on the tape'
}

/** The first few: there may be a hundred. */
const listed = (places: readonly string[]): string =>
  places.slice(0, 3).join(', ') + (places.length > 3 ? ` and ${places.length - 3} more` : '')

const canWait = (kind: ResultKind): boolean => kind !== 'value' && kind !== 'generator'

/** The decision to serve the recorded answer. */
export function recordedAnswer(span: SpanRecord): Mutable<ServeDecision> {
  const { spanId, resultKind, output, error, status } = span
  const effects = effectsOf(span)
  const answer: Mutable<ServeDecision> = {
    action: 'serve',
    sourceSpanId: spanId,
    resultKind,
    // An abandoned stream has no recorded end either.
    complete: status !== 'cancelled' && status !== 'abandoned',
    isRecorded: true,
  }
  if (status === 'unfinished') answer.isUnfinished = true
  if (output) answer.output = output
  if (error?.value) answer.error = error.value
  if (effects) answer.effects = effects
  if (effects?.inputAfter) answer.recordedInput = span.input
  return answer
}

const nothing: readonly string[] = []

/** Parts of a recorded answer that are not on the tape, and throw when the code reads them. */
export function notOnTape(span: SpanRecord): readonly string[] {
  const { metadata, output, error } = span
  if (metadata === undefined && error === undefined && output?.lossy === undefined) return nothing
  const { members = [], streamMembers = [] } = effectsOf(span) ?? {}
  const names = [...members, ...streamMembers].map(name => `.${name}`)
  const { lossy = [], redacted = [] } = error?.value ?? {}
  const functions = output?.lossy ?? []
  return [...names, ...functions, ...lossy, ...redacted.map(path => `${path}: it was redacted`)]
}
