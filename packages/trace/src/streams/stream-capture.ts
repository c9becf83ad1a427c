import type { ResultKind } from '@runtape/core'
import {
  type AmbientFrame,
  type ChunkOrder,
  currentFrame,
  type EndReady,
  type IterationEnd,
  type IterationObserver,
  runInFrame,
} from '@runtape/core/internal'
import { StreamEncoder } from '../capture/encode-stream.ts'
import type { Span } from '../spans/span.ts'

/** Records an iteration: each chunk as it passes, and the end. */
export class StreamCapture implements IterationObserver {
  readonly #span: Span
  readonly #kind: ResultKind
  readonly #encoder: StreamEncoder
  readonly #frame: AmbientFrame
  /** For streams whose steps can be delayed in a replay. */
  readonly #order: ChunkOrder | undefined

  constructor(span: Span, kind: ResultKind) {
    this.#span = span
    this.#kind = kind
    this.#frame = span.frame()
    this.#encoder = new StreamEncoder(span.tracing.limits)
    const callbacks = span.watch?.callbacks
    if (callbacks) callbacks.chunks = () => this.#encoder.count
    this.#order = /async-generator|web-stream/.test(kind) ? span.chunkOrder() : undefined
    span.expect(kind, () => {
      this.#noteOrder()
      return this.#encoder.finish(undefined)
    })
  }

  step<T>(run: () => T): T {
    const step = runInFrame(this.#frame, run)
    const { ready } = this.#span
    return ready && step instanceof Promise ? (endWhenReady(step, ready) as T) : step
  }

  /** Runs the code of a consumer that the producing code has called: it is not part of the call. */
  outside<T>(run: () => T): T {
    return currentFrame() === this.#frame ? runInFrame(this.#span.outer, run) : run()
  }

  chunk(value: unknown): void {
    const place = this.#order && this.#span.order?.next()
    if (place !== undefined) this.#order?.add(place, this.#span.elapsed())
    this.#encoder.add(value)
  }

  end(how: IterationEnd): void {
    const error = how.status === 'error' ? how.error : undefined
    const output = this.#encoder.finish(how.status === 'ok' ? how.returned : undefined)
    this.#noteOrder()
    this.#span.end({ status: how.status, resultKind: this.#kind, output, error })
  }

  #noteOrder(): void {
    const chunkOrder = this.#order?.text
    if (chunkOrder) this.#span.noteEffects({ chunkOrder })
  }
}

/** Delays each step of a stream until its turn. */
function endWhenReady(step: Promise<unknown>, ready: EndReady): Promise<unknown> {
  const pass = (result: unknown) => {
    const isLast = (result as Partial<IteratorResult<unknown>> | undefined)?.done === true
    return whenReady(ready(!isLast), () => result)
  }
  const fail = (error: unknown) =>
    whenReady(ready(), () => {
      throw error
    })
  return step.then(pass, fail)
}

const whenReady = (waiting: Promise<void> | undefined, go: () => unknown) =>
  waiting ? waiting.then(go) : go()
