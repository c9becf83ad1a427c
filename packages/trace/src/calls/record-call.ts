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

/** What is already known of an answered call, before or at its end. */
export interface Known {
  /** Its captured value. */
  output?: Payload | undefined
  /** Called when it ends, before the code that awaits it continues. */
  onEnd?: () => void
}

/**
 * Runs the call inside its span and records how it ends; passes on its result unchanged.
 *
 * @param known its already captured value, so that it need not be captured again; available when the call ends
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
  /** An async function returns a new promise for each call, without extra properties. */
  readonly isAsync: boolean
  readonly outer: AmbientFrame | undefined
  /** The frame to run the code in, if `enterCall` could not enter it. */
  readonly within: AmbientFrame | undefined
  result: unknown
}

/** Enters the span's frame if possible; `leaveCall` or `failCall` must follow. */
export function enterCall(span: Span, fn: LooseFunction<unknown>): RunningCall {
  const isAsync = types.isAsyncFunction(fn)
  if (!isAsync) span.expect('value')
  const frame = span.frame()
  const within = canEnterFrames() ? undefined : frame
  return { span, isAsync, outer: exchangeFrame(frame), within, result: undefined }
}

/** Records that the call threw; returns the thrown value. */
export function failCall({ span, outer }: RunningCall, error: unknown): unknown {
  exchangeFrame(outer)
  span.end({ status: 'error', resultKind: 'value', error })
  return error
}

/** Records how the call ends; returns its result. */
export function leaveCall(call: RunningCall, known?: Known): unknown {
  const { span, isAsync, outer } = call
  const callbacks = span.watch?.callbacks
  const result = callbacks ? returnedOf(callbacks, call.result) : call.result
  if (isPlainPromise(result)) {
    try {
      // Still in the span's frame, so that code waiting for the promise does not hold a second frame while it runs.
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

// The promise passed on for one that the application may return again, so that it is always the same.
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
    // A stream is delayed chunk by chunk, and at its end.
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
    // An unhandled rejection is reported on the promise that was passed on.
    promise.then(fulfilled, rejected).catch(() => {})
    return before
  }
  const watched = thenKeepingProperties(promise, fulfilled, rejected)
  handedOn.set(promise, watched)
  return watched
}

/** A call with a pending promise. */
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

// A replay answers the same number of rounds later, so that code which awaits it interleaves as recorded.
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

/** Records which extra members the promise or stream has: a replay has nothing else of them. */
function noteMembers(span: Span, result: object): void {
  const members = membersBeside(result)
  if (members) span.noteEffects({ members })
}

/** For a function that calls back later, as Node's functions do. */
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
