import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallValue, Payload, ResultKind, SpanRecord } from '../records/records.ts'
import type { Sink } from '../sink/sink.ts'
import type { CallEffects } from './call-effects.ts'
import type { EventOrder } from './event-order.ts'

/** The traced call that is running. */
export interface ActiveSpan {
  readonly traceId: string
  readonly spanId: string
  /** In a replay: the recorded counterpart of this call, if it has one. */
  readonly sourceSpanId?: string | undefined
  /** Orders events of the trace; absent if the trace has calls in several processes. */
  readonly order?: EventOrder | undefined
  /** Source of time and random numbers for the code of this call; absent if the call is not deterministic. */
  readonly world?: ClockAndRandom | undefined
  /** Returns the next position in the order of this call's children. */
  nextSeq(): number
  /** Remembers that a tracker was created in this call, and for which run. */
  noteTracker?(configKey: string, runId: string): void
}

/** The clock and random numbers that a deterministic call sees. */
export interface ClockAndRandom {
  /** Milliseconds since the Unix epoch. */
  now(): number
  randomBytes(count: number): Uint8Array
  /** Value of the monotonic clock in nanoseconds; `real` if nothing is recorded of it. */
  monotonic(clock: MonotonicClock, real: () => bigint): bigint
}

export type MonotonicClock = 'performance' | 'hrtime'

/** The run that provider calls feed. */
export interface ActiveRun {
  readonly runId: string
  /** Takes its events; absent where that is not known. */
  readonly sink?: Sink | undefined
  /** Says that a provider call has started; the run stays open until every started call has ended or is released. */
  startCall(spanId: string): RunCall
}

export interface RunCall {
  /** Ends the call. Further calls of it have no effect. */
  end(value: CallValue): void
  /** The run no longer waits for this call, whose answer is made in the background. Ended after the run, it is billed beside. */
  release?(): void
}

/** A call that is about to run inside a replay. */
export interface ReplayCall {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly mockOnReplay: boolean
  readonly input: Payload
}

/** What a replay decides for a call. `run`: run the code. `serve`: answer from the tape. `fail`: throw. */
export type ReplayDecision =
  | { readonly action: 'run'; readonly sourceSpanId?: string; readonly ready?: EndReady }
  | {
      readonly action: 'serve'
      readonly ready?: EndReady
      /** The recorded counterpart; absent if the answer is not from the tape. */
      readonly sourceSpanId?: string
      readonly resultKind: ResultKind
      /** True if the kind of the answer follows the function's declaration: an async function returns a promise. */
      readonly likeFunction?: boolean
      readonly output?: Payload
      readonly error?: Payload
      /** The output is the recorded one, so it need not be captured again. */
      readonly isRecorded?: boolean
      /** Loads the deferred parts of `output` and `error`; only if the answer is a promise or an async generator. */
      readonly load?: () => Promise<LoadedAnswer>
      /** False for a stream whose recorded consumer stopped before its end. */
      readonly complete: boolean
      /** The recorded call had not ended: a promise stays pending, and a stream stays open after its chunks. */
      readonly isUnfinished?: boolean
      /** Effects of the recorded call other than its result. */
      readonly effects?: CallEffects
      /** The recorded arguments, if the recorded call changed them. */
      readonly recordedInput?: Payload
      /** Reports an effect of the recorded call other than its answer, and whether it was repeated. */
      readonly note?: (what: string) => void
      /** Reports fields in which the `this` of the call differs from the recorded one. */
      readonly unlikeThis?: (fields: readonly string[]) => void
      /** Reports functions among the arguments for which the tape does not say whether they were called. */
      readonly uncalled?: (paths: readonly string[]) => void
      /** The exact value to throw, if the answer is not from the tape. */
      readonly thrown?: { readonly value: unknown }
      /**
       * Calls `end` when the item is over, for an answer that stays pending until then. Calls `miss` earlier if the item's code
       * waits for nothing else: it fails the answer, or returns false if the answer has ended.
       */
      readonly whenOver?: (end: () => void, miss?: () => boolean) => void
      /** Reports that the code read something that is not on the tape; returns the error to throw. */
      readonly missing?: (what: string) => Error
    }
  | {
      readonly action: 'fail'
      readonly error: Error
      /** The recorded call, if one exists that cannot answer. */
      readonly sourceSpanId?: string
    }

/** How a recorded call ended. */
export interface LoadedAnswer {
  readonly output?: Payload
  readonly error?: Payload
  /** See `ReplayDecision`. */
  readonly isRecorded?: boolean
  readonly thrown?: { readonly value: unknown }
}

/**
 * Called with a call's result before it is passed on. `undefined`: the call may end now. A promise: it may end when the promise
 * resolves. Makes calls end in their recorded order. With `isChunk`, does the same for the next chunk of a stream.
 */
export type EndReady = (isChunk?: boolean) => Promise<void> | undefined

/** The replay that is running: one trace of a test run. */
export interface ActiveReplay {
  readonly testRunId: string
  /** The trace that this replay makes. */
  readonly traceId: string
  readonly sourceTraceId: string
  readonly rootSourceSpanId: string
  /** Receives every record made inside, instead of the sink that the code was given: a replay never bills. */
  readonly sink: Sink
  /** @param spanId of the call, if it records a span */
  decide(call: ReplayCall, parent: ActiveSpan, spanId?: string): ReplayDecision
  /** The run of the next tracker of this config in the recorded counterpart of `parent`, if one was created there. */
  nextRunId?(configKey: string, parent: ActiveSpan): string | undefined
  /** The recorded call with this id. */
  recorded?(spanId: string): SpanRecord | undefined
}

/** The context of running code. Each frame carries what it inherits, so a look-up is one step. */
export interface AmbientFrame {
  readonly parent: AmbientFrame | undefined
  readonly span: ActiveSpan | undefined
  readonly run: ActiveRun | undefined
  readonly replay: ActiveReplay | undefined
  /** Marks a replay's own work; see `ownWorkFrame`. */
  readonly isOwnWork?: boolean
}

const slot = Symbol.for('runtape.ambient.1')
const globals = globalThis as { [slot]?: AsyncLocalStorage<AmbientFrame | undefined> }

// Stored on the global object, so a second copy of this package (ESM and CommonJS) shares it.
globals[slot] ??= new AsyncLocalStorage<AmbientFrame | undefined>()
const storage = globals[slot]

/** The frame around the running code, if any. */
export const currentFrame = (): AmbientFrame | undefined => storage.getStore()

/** Runs `fn` inside `frame`; passes on its result or error. */
export const runInFrame = <T>(frame: AmbientFrame | undefined, fn: () => T): T => storage.run(frame, fn)

let canEnter: boolean | undefined

/** Whether `exchangeFrame` can enter frames. Cloudflare Workers cannot; there `runInFrame` is the only way. */
export function canEnterFrames(): boolean {
  canEnter ??= entersStoreOf(storage)
  return canEnter
}

// Not evaluated when this module loads: on older Nodes, every promise costs more from then on.
function entersStoreOf<T>(store: AsyncLocalStorage<T>): boolean {
  try {
    store.enterWith(store.getStore() as T)
    return true
  } catch {
    return false
  }
}

/**
 * Enters `frame` and returns the previous one; restore it in `finally`. Does nothing where frames cannot be entered. `runInFrame`
 * does both; this function uses less stack, for deeply nested calls.
 */
export function exchangeFrame(frame: AmbientFrame | undefined): AmbientFrame | undefined {
  const former = storage.getStore()
  if (canEnterFrames()) storage.enterWith(frame)
  return former
}

/** A frame inside `parent` in which `span` is the running call. */
export function spanFrame(parent: AmbientFrame | undefined, span: ActiveSpan): AmbientFrame {
  return { parent, span, run: parent?.run, replay: parent?.replay }
}

/** A frame inside `parent` in which `run` takes the provider calls. */
export function runFrame(parent: AmbientFrame | undefined, run: ActiveRun): AmbientFrame {
  return { parent, span: parent?.span, run, replay: parent?.replay }
}

/** A frame for a replay: no span and no run of the surrounding code is visible inside. */
export function replayFrame(replay: ActiveReplay): AmbientFrame {
  return { parent: undefined, span: undefined, run: undefined, replay }
}
