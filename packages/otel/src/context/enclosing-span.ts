import type { SpanContext } from '../spans/ended-span.ts'
import type { RunningSpan } from './running-span.ts'

/** OpenTelemetry's `Span`. */
export interface OtelSpan {
  spanContext(): SpanContext
  setAttribute(...args: unknown[]): unknown
  setAttributes(...args: unknown[]): unknown
  addEvent(...args: unknown[]): unknown
  addLink(...args: unknown[]): unknown
  addLinks(...args: unknown[]): unknown
  setStatus(...args: unknown[]): unknown
  updateName(...args: unknown[]): unknown
  end(...args: unknown[]): void
  isRecording(): boolean
  recordException(...args: unknown[]): void
}

/**
 * A traced call as OpenTelemetry's active span: a parent for spans inside. What the application adds to the active span goes to
 * the OpenTelemetry span around the call, as it would without us.
 */
export class EnclosingSpan implements OtelSpan {
  readonly #context: SpanContext
  readonly #around: OtelSpan | undefined

  constructor({ traceId, spanId, isSampled = true }: RunningSpan, around: OtelSpan | undefined) {
    this.#context = { traceId, spanId, traceFlags: isSampled ? 1 : 0 }
    this.#around = around
  }

  spanContext(): SpanContext {
    return this.#context
  }

  isRecording(): boolean {
    return this.#around?.isRecording() ?? false
  }

  setAttribute(...args: unknown[]): this {
    this.#around?.setAttribute(...args)
    return this
  }

  setAttributes(...args: unknown[]): this {
    this.#around?.setAttributes(...args)
    return this
  }

  addEvent(...args: unknown[]): this {
    this.#around?.addEvent(...args)
    return this
  }

  addLink(...args: unknown[]): this {
    this.#around?.addLink(...args)
    return this
  }

  addLinks(...args: unknown[]): this {
    this.#around?.addLinks(...args)
    return this
  }

  setStatus(...args: unknown[]): this {
    this.#around?.setStatus(...args)
    return this
  }

  updateName(...args: unknown[]): this {
    this.#around?.updateName(...args)
    return this
  }

  end(...args: unknown[]): void {
    this.#around?.end(...args)
  }

  recordException(...args: unknown[]): void {
    this.#around?.recordException(...args)
  }
}
