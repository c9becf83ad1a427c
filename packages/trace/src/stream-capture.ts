import { type IterationEnd, type IterationObserver, type ResultKind, runInFrame } from '@runtape/core'
import { StreamEncoder } from './capture/encode-stream.ts'
import type { Span } from './span.ts'

/** Records an iteration: each chunk as it passes, and one end. */
export class StreamCapture implements IterationObserver {
  readonly #span: Span
  readonly #kind: ResultKind
  readonly #encoder: StreamEncoder

  constructor(span: Span, kind: ResultKind) {
    this.#span = span
    this.#kind = kind
    this.#encoder = new StreamEncoder(span.tracing.limits)
  }

  step<T>(run: () => T): T {
    return runInFrame(this.#span.frame(), run)
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
