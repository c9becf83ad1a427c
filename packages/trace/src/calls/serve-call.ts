import type { ResultKind, StreamKind } from '@runtape/core'
import type { LoadedAnswer } from '@runtape/core/internal'
import { putStates } from '../effects/object-states.ts'
import { applyEffects } from '../serving/apply-effects.ts'
import { hideMembers } from '../serving/hide-members.ts'
import { missing } from '../serving/missing.ts'
import { failWhenAborted, pending } from '../serving/pending.ts'
import { CallbackPlayer } from '../serving/play-callbacks.ts'
import { notKept, readKept } from '../serving/read-kept.ts'
import type { Served, ServedCall } from '../serving/served-call.ts'
import { thrownAgain } from '../serving/thrown-again.ts'
import type { Span } from '../spans/span.ts'
import { type RecordedStream, streamAgain } from '../streams/recorded-stream.ts'
import { markRejectionHandled } from './mark-rejection-handled.ts'
import { type Known, recordCall } from './record-call.ts'

interface RecordedChunks {
  readonly chunks: readonly unknown[]
  readonly returned: unknown
}

/** The decision with its answer, which may have to be loaded first. For providers, which answer calls in their own way. */
export async function loadedAnswer(served: Served): Promise<Served> {
  return served.load ? { ...served, ...(await served.load()) } : served
}

/**
 * Answers a call from the tape with the recorded kind of result: a value synchronously, a promise, a generator chunk by chunk; a
 * recorded error is thrown again. Unfinished results stay pending.
 */
export function serveCall(span: Span, served: Served, call: ServedCall): unknown {
  return new Serving(span, served, call).result()
}

/** One answered call. */
class Serving {
  readonly #span: Span
  #served: Served
  readonly #call: ServedCall
  readonly #callbacks: CallbackPlayer | undefined
  #isApplied = false

  constructor(span: Span, served: Served, call: ServedCall) {
    this.#span = span
    this.#served = served
    this.#call = call
    if (hasCallbacks(span, served)) this.#callbacks = new CallbackPlayer(span, served, call)
  }

  result(): unknown {
    const { load, resultKind, complete, output, isRecorded } = this.#served
    if (this.#callbacks?.endsLater) return this.#endLater(this.#callbacks)
    if (load && resultKind !== 'async-generator') return this.#loaded(load())
    const known = this.#known()
    // The returned argument may be a different object than in the recording.
    if (isRecorded && !this.#handsBack()) known.output = output
    const result = recordCall(this.#span, () => this.#answer(), known)
    return complete ? result : markRejectionHandled(result)
  }

  #known(): Known {
    return this.#served.effects?.inputAfter ? { onEnd: () => this.#applyEffects() } : {}
  }

  /** Like a function that calls back later, it returns immediately. */
  #endLater(callbacks: CallbackPlayer): unknown {
    const { output } = this.#served
    const value = this.#value()
    callbacks.playLater(() => {
      this.#applyEffects()
      this.#span.end({ status: 'ok', resultKind: 'value', ...(output && { output }) })
    })
    return value
  }

  #loaded(loading: Promise<LoadedAnswer>): unknown {
    const known = this.#known()
    this.#callbacks?.playAtOnce()
    const answered = async () => {
      const loaded = await loading
      if (loaded.isRecorded && !this.#handsBack()) known.output = loaded.output
      this.#served = { ...this.#served, ...loaded }
      return this.#promised()
    }
    const result = recordCall(this.#span, () => hideMembers(answered(), this.#served), known)
    // It may never be awaited.
    loading.catch(() => void markRejectionHandled(result))
    return this.#served.complete ? result : markRejectionHandled(result)
  }

  #answer(): unknown {
    const { resultKind, load } = this.#served
    if (load) return hideMembers(this.#loadedChunks(), this.#served)
    if (resultKind === 'value') return this.#value()
    if (resultKind !== 'promise' && !isPromised(resultKind)) return this.#stream(resultKind)
    this.#callbacks?.playAtOnce()
    const { rounds = 1 } = this.#served.effects ?? {}
    const answer = rounds > 1 ? this.#after(rounds - 1) : new Promise(resolve => resolve(this.#promised()))
    return hideMembers(answer, this.#served)
  }

  /** The answer, the recorded number of microtask rounds later. */
  async #after(rounds: number): Promise<unknown> {
    for (let left = rounds; left > 0; left--) await null
    return this.#promised()
  }

  // Loaded when it is read.
  async *#loadedChunks(): AsyncGenerator {
    this.#served = await loadedAnswer(this.#served)
    return yield* streamAgain('async-generator', this.#recorded('async-generator')) as AsyncGenerator
  }

  /** The promise's result. */
  #promised(): unknown {
    const { resultKind, output, effects } = this.#served
    if (isPromised(resultKind) && output) return this.#stream(resultKind.slice(promised.length) as StreamKind)
    if (this.#callbacks && effects?.callbacks?.length)
      return this.#callbacks.play().then(() => this.#settled())
    return this.#settled()
  }

  #settled(): unknown {
    const { isUnfinished, error, effects } = this.#served
    if (isUnfinished) return pending(this.#span, this.#served)
    if (error && effects?.aborted) return failWhenAborted(this.#span, this.#served, this.#call)
    return this.#value()
  }

  #value(): unknown {
    const { error, thrown, complete, output, resultKind } = this.#served
    // Its delays on the returned promise happen when that may settle.
    if (resultKind === 'value' && !this.#callbacks?.endsLater) {
      this.#applyEffects()
      this.#callbacks?.playAtOnce()
    }
    if (error || thrown) throw thrownAgain(this.#served)
    if (!complete && !output)
      throw missing(this.#served, 'the recorded call was never awaited, so it never ran and has no answer')
    return putStates(this.#handsBack() ?? (output && readKept(output)), this.#served.effects?.resultStates)
  }

  /** The argument of this call at the position that the recorded call returned. */
  #handsBack(): object | undefined {
    const { returned } = this.#served.effects ?? {}
    if (returned === undefined) return undefined
    const { self, args } = this.#call
    const value = returned === 'this' ? self : args[returned]
    return typeof value === 'object' && value !== null ? value : undefined
  }

  #applyEffects(): void {
    if (this.#isApplied) return
    this.#isApplied = true
    applyEffects(this.#served, this.#call)
  }

  #stream(kind: StreamKind): object {
    const which = isPromised(this.#served.resultKind) ? 'streamMembers' : 'members'
    return hideMembers(streamAgain(kind, this.#recorded(kind)), this.#served, which)
  }

  #recorded(kind: StreamKind): RecordedStream {
    try {
      const { chunks, returned } = recordedChunks(this.#served)
      const finish = () => this.#finish(kind, returned)
      const isCut = !this.#hasEnd
      const player = this.#callbacks
      if (!player || !this.#served.effects?.callbacks?.length) return { chunks, finish, isCut }
      const before = (index: number) => (kind === 'generator' ? player.playBefore(index) : player.play(index))
      return { chunks, finish, isCut, before }
    } catch (error) {
      // A stream fails when it is read.
      const fail = () => {
        throw error
      }
      return { chunks: [], finish: fail }
    }
  }

  get #hasEnd(): boolean {
    const { error, thrown, complete, isUnfinished } = this.#served
    return complete || isUnfinished === true || error !== undefined || thrown !== undefined
  }

  #finish(kind: StreamKind, returned: unknown): unknown {
    const { error, thrown, complete, isUnfinished, effects } = this.#served
    const canWait = kind !== 'generator'
    if (!isUnfinished) this.#applyEffects()
    if (isUnfinished && canWait) return pending(this.#span, this.#served)
    if (error && effects?.aborted && canWait) return failWhenAborted(this.#span, this.#served, this.#call)
    if (error || thrown) throw thrownAgain(this.#served)
    if (complete && !isUnfinished) return returned
    throw missing(this.#served, 'the recorded stream was not read to its end, so the rest is not on the tape')
  }
}

// An input that is completely JSON contains no function that the recorded call could have called.
const hasCallbacks = ({ isInputJson }: Span, { isRecorded, effects }: Served): boolean =>
  effects?.callbacks !== undefined ||
  effects?.callbacksCut === true ||
  (isRecorded !== undefined && !isInputJson)

const promised = 'promise-of-'

const isPromised = (kind: ResultKind): kind is `promise-of-${StreamKind}` => kind.startsWith(promised)

function recordedChunks({ output }: Served): RecordedChunks {
  if (!output) return { chunks: [], returned: undefined }
  const { chunks, returned } = (readKept(output) ?? {}) as Partial<RecordedChunks>
  if (Array.isArray(chunks)) return { chunks, returned }
  throw notKept("is not a stream's result", 'Update this package')
}
