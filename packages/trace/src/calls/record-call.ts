import { types } from 'node:util'
import type { Payload } from '@runtape/core'
import {
  type AmbientFrame,
  canEnterFrames,
  currentRound,
  exchangeFrame,
  isPlainPromise,
  isThenable,
  type MicrotaskRound,
  roundsSince,
  runInFrame,
  thenKeepingProperties,
  whenSettledInside,
} from '@runtape/core/internal'
import type { CallbackRecorder } from '../effects/callbacks.ts'
import { membersBeside } from '../effects/members.ts'
import type { Span } from '../spans/span.ts'
import { isStream, tapStream } from '../streams/tap-stream.ts'

type LooseFunction<T> = (...args: unknown[]) => T

/** What is known of a call that is answered, before it has ended, or then. */
export interface Known {
  /** Its value, captured. */
  output?: Payload | undefined
  /** Called when it ends, before the code that waits for it goes on. */
  onEnd?: () => void
}

/**
 * Runs the call inside its span and records how it ends; what it gives is passed on as it is.
 *
 * @param known its value as it was captured before, so that it need not be captured again; there when the call ends
 */
export function recordCall<T>(span: Span, fn: () => T, known?: Known): T {
  const call = enterCall(span, fn)
  try {
    call.result = call.within ? runInFrame(call.within, fn) : fn()
  } catch (error) {
    throw failCall(call, error)
  }
  return leaveCall(call, known) as T
}

/** A call whose code is running. */
interface RunningCall {
  readonly span: Span
  /** An async function makes a new promise for each call, with nothing on it. */
  readonly isAsync: boolean
  readonly outer: AmbientFrame | undefined
  /** The frame to run the code in, where `enterCall` could not enter it. */
  readonly within: AmbientFrame | undefined
  result: unknown
}

/** Enters the span's frame, where that can be done; `leaveCall` or `failCall` must follow. */
export function enterCall(span: Span, fn: LooseFunction<unknown>): RunningCall {
  const isAsync = types.isAsyncFunction(fn)
  if (!isAsync) span.expect('value')
  const frame = span.frame()
  const within = canEnterFrames() ? undefined : frame
  return { span, isAsync, outer: exchangeFrame(frame), within, result: undefined }
}

/** Records that the call threw; returns what it threw. */
export function failCall({ span, outer }: RunningCall, error: unknown): unknown {
  exchangeFrame(outer)
  span.end({ status: 'error', resultKind: 'value', error })
  return error
}

/** Records how the call ends; returns what it is to return. */
export function leaveCall(call: RunningCall, known?: Known): unknown {
  const { span, isAsync, outer } = call
  const callbacks = span.watch?.callbacks
  const result = callbacks ? returnedOf(callbacks, call.result) : call.result
  if (isPlainPromise(result)) {
    try {
      // Still in the span's frame, so that what waits for the promise keeps no second one for as long as it runs.
      return recordPromise(span, isAsync, result, known)
    } finally {
      exchangeFrame(outer)
    }
  }
  exchangeFrame(outer)
  return recordResult(span, result, known)
}

function returnedOf(callbacks: CallbackRecorder, result: unknown): unknown {
  callbacks.returned()
  return callbacks.original(result)
}

// What is handed on for a promise that the application may hand out again, so that it stays one and the same.
const handedOn = new WeakMap<Promise<unknown>, Promise<unknown>>()

function recordPromise(
  span: Span,
  isAsync: boolean,
  promise: Promise<unknown>,
  known: Known | undefined,
): Promise<unknown> {
  span.expect('promise')
  const began = span.isTimed ? currentRound() : undefined
  const fulfilled = (value: unknown) => {
    const open = { span, began, known }
    const isStreamed = isStream(value)
    // A stream is held back chunk by chunk, and at its end.
    const waiting = isStreamed ? undefined : span.ready?.()
    return waiting ? waiting.then(() => fulfil(open, value, false)) : fulfil(open, value, isStreamed)
  }
  const rejected = (error: unknown) => {
    const open = { span, began, known }
    const waiting = span.ready?.()
    return waiting ? waiting.then(() => reject(open, error)) : reject(open, error)
  }
  if (isAsync) return promise.then(fulfilled, rejected)
  noteMembers(span, promise)
  const before = handedOn.get(promise)
  if (before) {
    // An unhandled rejection is noticed at the promise that was handed on.
    promise.then(fulfilled, rejected).catch(() => {})
    return before
  }
  const watched = thenKeepingProperties(promise, fulfilled, rejected)
  handedOn.set(promise, watched)
  return watched
}

/** A call whose promise has not settled. */
interface OpenPromise {
  readonly span: Span
  readonly began: MicrotaskRound | undefined
  readonly known: Known | undefined
}

function fulfil({ span, began, known }: OpenPromise, value: unknown, isStreamed: boolean): unknown {
  exchangeFrame(span.outer)
  if (began) noteRounds(span, began)
  endWithFulfilled(span, value, known, isStreamed)
  return value
}

function reject({ span, began, known }: OpenPromise, error: unknown): never {
  exchangeFrame(span.outer)
  if (began) noteRounds(span, began)
  known?.onEnd?.()
  span.end({ status: 'error', resultKind: 'promise', error })
  throw error
}

// A replay answers as many rounds later, so that code which awaits it interleaves as it did when it was recorded.
function noteRounds(span: Span, began: MicrotaskRound): void {
  const rounds = roundsSince(began)
  if (rounds !== undefined && rounds > 1) span.noteEffects({ rounds })
}

function recordResult<T>(span: Span, result: T, known: Known | undefined): T {
  if (isStream(result)) return tapStream(span, result)
  if (!isThenable(result)) {
    const callbacks = span.watch?.callbacks
    if (result === undefined && callbacks?.waitsForLast) {
      endWhenCalled(span, callbacks)
      return result
    }
    known?.onEnd?.()
    span.watch?.arguments?.returns(result)
    span.end({ status: 'ok', resultKind: 'value', output: known?.output ?? span.capture(result) })
    return result
  }
  span.expect('promise')
  noteMembers(span, result)
  if (!types.isPromise(result)) {
    span.noteEffects({ isThenable: true })
    neverAwaited.register(result, span)
  }
  return whenSettledInside(
    result,
    value => endWithFulfilled(span, value, known, isStream(value)),
    error => span.end({ status: 'error', resultKind: 'promise', error }),
    work => runInFrame(span.frame(), work),
  )
}

/** Notes what code can ask this for beside the promise, or the stream, that it is: a replay has nothing else of it. */
function noteMembers(span: Span, result: object): void {
  const members = membersBeside(result)
  if (members) span.noteEffects({ members })
}

/** Of a function that calls back later, as those of Node do. */
function endWhenCalled(span: Span, callbacks: CallbackRecorder): void {
  callbacks.onCall = () => {
    callbacks.onCall = undefined
    span.end({ status: 'ok', resultKind: 'value', output: span.capture(undefined) })
  }
}

function endWithFulfilled(span: Span, value: unknown, known: Known | undefined, isStreamed: boolean): void {
  known?.onEnd?.()
  span.watch?.arguments?.returns(value)
  if (isStreamed) tapStream(span, value as object, 'promise-of-')
  else span.end({ status: 'ok', resultKind: 'promise', output: known?.output ?? span.capture(value) })
}

// A query builder that is never awaited has not run; its span must still end.
const neverAwaited = new FinalizationRegistry<Span>(span =>
  span.end({ status: 'abandoned', resultKind: 'promise' }),
)
