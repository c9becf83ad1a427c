import type { ResultKind } from '@runtape/core'
import {
  type AmbientFrame,
  currentFrame,
  type EndReady,
  type IterationEnd,
  type IterationObserver,
  runInFrame,
} from '@runtape/core/internal'
import { StreamEncoder } from './capture/encode-stream.ts'
import type { Span } from './span.ts'

/** Records an iteration: each chunk as it passes, and one end. */
export class StreamCapture implements IterationObserver {
  readonly #span: Span
  readonly #kind: ResultKind
  readonly #encoder: StreamEncoder
  readonly #frame: AmbientFrame

  constructor(span: Span, kind: ResultKind) {
    this.#span = span
    this.#kind = kind
    this.#frame = span.frame()
    this.#encoder = new StreamEncoder(span.tracing.limits)
    if (span.callbacks) span.callbacks.chunks = () => this.#encoder.count
    span.expect(kind, () => this.#encoder.finish(undefined))
  }

  step<T>(run: () => T): T {
    const step = runInFrame(this.#frame, run)
    const { ready } = this.#span
    return ready && step instanceof Promise ? (endWhenReady(step, ready) as T) : step
  }

  /** Runs the code of a consumer that the code that makes the chunks has called: it is not part of the call. */
  outside<T>(run: () => T): T {
    return currentFrame() === this.#frame ? runInFrame(this.#span.outer, run) : run()
  }

  chunk(value: unknown): void {
    this.#encoder.add(value)
  }

  end(how: IterationEnd): void {
    const error = how.status === 'error' ? how.error : undefined
    const output = this.#encoder.finish(how.status === 'ok' ? how.returned : undefined)
    this.#span.end({ status: how.status, resultKind: this.#kind, output, error })
  }
}

/** Holds back the step that ends a stream until its turn has come; chunks pass. */
function endWhenReady(step: Promise<unknown>, ready: EndReady): Promise<unknown> {
  const pass = (result: unknown) => {
    const isLast = (result as Partial<IteratorResult<unknown>> | undefined)?.done === true
    return whenReady(isLast ? ready() : undefined, () => result)
  }
  const fail = (error: unknown) =>
    whenReady(ready(), () => {
      throw error
    })
  return step.then(pass, fail)
}

const whenReady = (waiting: Promise<void> | undefined, go: () => unknown) =>
  waiting ? waiting.then(go) : go()
