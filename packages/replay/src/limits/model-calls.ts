import type { SpanRecord } from '@runtape/core'
import { mayCost } from './live-call.ts'

/**
 * Finds the calls of one item that may cost something: those with usage, and model calls without it. A model call around another
 * model call costs nothing itself: only the inner call has usage.
 *
 * Spans arrive as they end: usually after the calls under them, but a stream may outlive its caller.
 */
export class ModelCalls {
  readonly #onCall: (span: SpanRecord) => void
  /** Calls around a model call. */
  readonly #around = new Set<string>()
  /** Ended model calls without usage. */
  readonly #open = new Map<string, SpanRecord>()
  #hasEnded = false

  constructor(onCall: (span: SpanRecord) => void) {
    this.#onCall = onCall
  }

  add(span: SpanRecord): void {
    const { spanId, parentSpanId, usage, type, replay } = span
    const isAround = this.#around.has(spanId)
    if (usage || isAround || type === 'model') this.#mark(parentSpanId)
    if (replay?.mocked) return
    if (usage) this.#onCall(span)
    else if (!isAround && mayCost(span)) this.#open.set(spanId, span)
    // A call that outlived its item: nothing around it can still come.
    if (this.#hasEnded) this.end()
  }

  /** Call when the item has ended. */
  end(): void {
    this.#hasEnded = true
    for (const [spanId, span] of this.#open) if (!this.#around.has(spanId)) this.#onCall(span)
    this.#open.clear()
  }

  #mark(spanId: string | undefined): void {
    for (let id = spanId; id !== undefined && !this.#around.has(id); id = this.#open.get(id)?.parentSpanId)
      this.#around.add(id)
  }
}
