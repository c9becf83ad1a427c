import { type Payload, type ResultKind, RuntapeError } from '@runtape/core'
import { droppedTag, isThenable, type LoadedAnswer } from '@runtape/core/internal'
import { type CaptureLimits, encodeValue } from '@runtape/trace'
import type { CallInReplay, CallView } from './call-view.ts'
import type { ServeDecision } from './recorded-answer.ts'

/** What an override function gives to leave the call to the policy. */
export const decline: unique symbol = Symbol.for('runtape.replay.decline')

/**
 * Answers in place of the tape, by trace function key: a value, or a function that takes the call and returns or
 * throws the answer, at once or by a promise; `decline` at once leaves the call to the policy. Of a stream it gives the
 * chunks, as an array.
 */
export type Overrides = Readonly<Record<string, unknown>>

type OverrideFunction = (call: CallInReplay) => unknown

/** The answer of the override for this call, or `undefined` where there is none or it declined. */
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

/** An answer of the kind that was recorded, or else of the kind that the function gives. */
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

// It is for the code, not for the tape: secrets stay what they are.
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
