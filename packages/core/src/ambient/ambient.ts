import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallValue, Payload, ResultKind, SpanRecord } from '../records/records.ts'
import type { Sink } from '../sink/sink.ts'
import type { CallEffects } from './call-effects.ts'
import type { EventOrder } from './event-order.ts'

/** The traced call that is running. */
export interface ActiveSpan {
  readonly traceId: string
  readonly spanId: string
  /** In a replay: the recorded counterpart of this call, where there is one. */
  readonly sourceSpanId?: string | undefined
  /** Of the trace; absent where its calls are in several processes. */
  readonly order?: EventOrder | undefined
  /** Where the code of this call gets its time and its random numbers from; absent where it is not deterministic. */
  readonly world?: ClockAndRandom | undefined
  /** Takes the next place in the order of this call's children. */
  nextSeq(): number
  /** Keeps that a tracker was made in this call, and for which run. */
  noteTracker?(configKey: string, runId: string): void
}

/** The clock and the chance that a deterministic call sees. */
export interface ClockAndRandom {
  /** Milliseconds since the Unix epoch. */
  now(): number
  randomBytes(count: number): Uint8Array
  /** What this clock says, which only goes forward, in nanoseconds; `real` where nothing is recorded of it. */
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
  /** Ends the call. Further calls of it change nothing. */
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

/** What a replay decides about a call. `run`: run the code. `serve`: answer from the tape. `fail`: throw. */
export type ReplayDecision =
  | { readonly action: 'run'; readonly sourceSpanId?: string; readonly ready?: EndReady }
  | {
      readonly action: 'serve'
      readonly ready?: EndReady
      /** The recorded counterpart; absent where the answer is not from the tape. */
      readonly sourceSpanId?: string
      readonly resultKind: ResultKind
      /** True where the answer is of the kind that the function's own declaration says: an async one gives a promise. */
      readonly likeFunction?: boolean
      readonly output?: Payload
      readonly error?: Payload
      /** The output is what was recorded, so that it need not be captured again. */
      readonly isRecorded?: boolean
      /** Gets what is not here of `output` and `error`; only where the answer is given by a promise or an async generator. */
      readonly load?: () => Promise<LoadedAnswer>
      /** False for a stream whose recorded consumer stopped before its end. */
      readonly complete: boolean
      /** The recorded call had not ended: a promise stays pending, and a stream does after its chunks. */
      readonly isUnfinished?: boolean
      /** What was seen of the recorded call beside its input and its output. */
      readonly effects?: CallEffects
      /** The recorded arguments, where the recorded call changed them. */
      readonly recordedInput?: Payload
      /** Reports what the recorded call did beside its answer, and whether it was done again. */
      readonly note?: (what: string) => void
      /** Reports fields in which the `this` of the call is unlike the recorded one. */
      readonly unlikeThis?: (fields: readonly string[]) => void
      /** Reports functions among the arguments of which the tape does not say whether they were called. */
      readonly uncalled?: (paths: readonly string[]) => void
      /** The very value to throw, where the answer is not from the tape. */
      readonly thrown?: { readonly value: unknown }
      /**
       * Calls `end` when the item is over, for an answer that stays pending until then. Calls `miss` before, if the code
       * of the item waits for nothing else any more: it fails the answer, or returns false where that has ended.
       */
      readonly whenOver?: (end: () => void, miss?: () => boolean) => void
      /** Reports that the code asked for something that the recording does not hold; returns the error to throw. */
      readonly missing?: (what: string) => Error
    }
  | {
      readonly action: 'fail'
      readonly error: Error
      /** The recorded call, where there is one that cannot answer. */
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
 * Asked once a call has its result, before it is handed on: `undefined` when the call may end at once, else a promise
 * that resolves when it may, so that calls end in the order in which they ended when they were recorded.
 * With `isChunk` the same of the next chunk of a stream.
 */
export type EndReady = (isChunk?: boolean) => Promise<void> | undefined

/** The replay that is running: one trace of a test run. */
export interface ActiveReplay {
  readonly testRunId: string
  /** The trace that this replay makes. */
  readonly traceId: string
  readonly sourceTraceId: string
  readonly rootSourceSpanId: string
  /** Takes every record made in here, in place of whatever sink the code was given: a replay never bills. */
  readonly sink: Sink
  decide(call: ReplayCall, parent: ActiveSpan): ReplayDecision
  /** The run of the next tracker of this config in the recorded counterpart of `parent`, where there was one. */
  nextRunId?(configKey: string, parent: ActiveSpan): string | undefined
  /** The recorded call with this id. */
  recorded?(spanId: string): SpanRecord | undefined
}

/** What surrounds the running code. Each frame carries what it inherits, so a look-up is one step. */
export interface AmbientFrame {
  readonly parent: AmbientFrame | undefined
  readonly span: ActiveSpan | undefined
  readonly run: ActiveRun | undefined
  readonly replay: ActiveReplay | undefined
  /** Of the work that a replay does itself: see `ownWorkFrame`. */
  readonly isOwnWork?: boolean
}

const slot = Symbol.for('runtape.ambient.1')
const globals = globalThis as { [slot]?: AsyncLocalStorage<AmbientFrame | undefined> }

// On the global object, so that a second copy of this package (ESM beside CommonJS) shares it.
globals[slot] ??= new AsyncLocalStorage<AmbientFrame | undefined>()
const storage = globals[slot]

/** The frame that surrounds the running code, if any. */
export const currentFrame = (): AmbientFrame | undefined => storage.getStore()

/** Runs `fn` inside `frame`; what it returns or throws is passed on. */
export const runInFrame = <T>(frame: AmbientFrame | undefined, fn: () => T): T => storage.run(frame, fn)

let canEnter: boolean | undefined

/** Whether `exchangeFrame` enters frames. Cloudflare Workers cannot: there `runInFrame` is the only way in. */
export function canEnterFrames(): boolean {
  canEnter ??= entersStoreOf(storage)
  return canEnter
}

// Not asked when this module loads: on older Nodes, every promise costs more from then on.
function entersStoreOf<T>(store: AsyncLocalStorage<T>): boolean {
  try {
    store.enterWith(store.getStore() as T)
    return true
  } catch {
    return false
  }
}

/**
 * Enters `frame` and returns the previous one; restore it in `finally`. Where frames cannot be entered it changes
 * nothing. `runInFrame` does both; this takes less of the stack, for calls that nest deeply.
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
