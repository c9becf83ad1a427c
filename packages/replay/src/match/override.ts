import { type Payload, type ResultKind, RuntapeError } from '@runtape/core'
import { droppedTag, isThenable, type LoadedAnswer } from '@runtape/core/internal'
import { type CaptureLimits, encodeValue } from '@runtape/trace'
import type { CallInReplay, CallView } from './call-view.ts'
import type { ServeDecision } from './recorded-answer.ts'

/** Returned by an override function to leave the call to the policy. */
export const decline: unique symbol = Symbol.for('runtape.replay.decline')

/**
 * Answers instead of the tape, by trace function key: a value, or a function that receives the call and returns or throws the
 * answer, synchronously or with a promise. Returning `decline` synchronously leaves the call to the policy. For a stream it
 * returns the chunks as an array.
 */
export type Overrides = Readonly<Record<string, unknown>>

type OverrideFunction = (call: CallInReplay) => unknown

/** The override's answer for this call, or `undefined` if there is none or it declined. */
export function overriddenAnswer(overrides: Overrides, call: CallView): ServeDecision | undefined {
  if (!Object.hasOwn(overrides, call.key)) return undefined
  const override = overrides[call.key]
  try {
    const value = typeof override === 'function' ? (override as OverrideFunction)(call) : override
    if (value === decline) return undefined
    if (isThenable(value)) return { ...like(call), resultKind: 'promise', load: () => loaded(call, value) }
    return { ...like(call), ...answerOf(call, value) }
  } catch (error) {
    return { ...like(call), thrown: { value: error } }
  }
}

async function loaded(call: CallView, value: PromiseLike<unknown>): Promise<LoadedAnswer> {
  try {
    return answerOf(call, await value)
  } catch (error) {
    return { thrown: { value: error } }
  }
}

/** An answer of the recorded kind, or otherwise of the kind that the function returns. */
function like({ recorded }: CallView): ServeDecision {
  const isKnown = recorded && !droppedTag(recorded)
  const kind = isKnown && { sourceSpanId: recorded.spanId, resultKind: recorded.resultKind }
  return { action: 'serve', resultKind: 'value', likeFunction: !isKnown, complete: true, ...kind }
}

function answerOf({ key, recorded }: CallView, value: unknown): LoadedAnswer {
  if (value === decline)
    throw new RuntapeError(
      'invalid-option',
      `The override of '${key}' declined with a promise. It must decline synchronously.`,
    )
  if (!recorded || droppedTag(recorded) || !isStream(recorded.resultKind))
    return { output: encoded(key, value) }
  if (Array.isArray(value)) return { output: encoded(key, { chunks: value, returned: undefined }) }
  throw new RuntapeError(
    'invalid-option',
    `The override of '${key}' must return the chunks of a stream as an array.`,
  )
}

// It is for the code, not for the tape: secrets stay unredacted.
const unlimited: CaptureLimits = {
  maxPayloadBytes: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxLength: Number.POSITIVE_INFINITY,
  isSecret: () => false,
  redactsValues: false,
}

function encoded(key: string, value: unknown): Payload {
  const payload = encodeValue(value, unlimited)
  if (!payload.lossy) return payload
  throw new RuntapeError(
    'invalid-option',
    `The override of '${key}' returned values that cannot be passed on (${payload.lossy.join(', ')}). ` +
      'Return plain data, or register a codec for the class.',
  )
}

const isStream = (kind: ResultKind): boolean => kind !== 'value' && kind !== 'promise'
