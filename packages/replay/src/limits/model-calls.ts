import type { SpanRecord } from '@runtape/core'
import { mayCost } from './live-call.ts'

/** A call whose real code starts to run. */
export interface StartedCall {
  readonly spanId: string
  readonly parentSpanId: string
  readonly key: string
  readonly type: string
}

/** Receives the calls of an item that may cost something. */
export interface ModelCallEvents {
  /** @param isFree for a call that was reported as in flight and then cost nothing */
  ended(span: SpanRecord, isFree: boolean): void
  /** The call outlives its item. */
  inFlight(call: StartedCall): void
}

/**
 * Finds the calls of one item that may cost something: those with usage, and model calls without it. A model call around another
 * model call costs nothing itself: only the inner call has usage.
 *
 * Spans arrive as they end: usually after the calls under them, but a stream may outlive its caller.
 */
export class ModelCalls {
  readonly #events: ModelCallEvents
  /** Calls around a model call. */
  readonly #around = new Set<string>()
  /** Calls that run. */
  readonly #running = new Map<string, StartedCall>()
  /** Ended model calls without usage. */
  readonly #open = new Map<string, SpanRecord>()
  /** Calls that were reported as in flight. */
  readonly #inFlight = new Set<string>()
  #hasEnded = false

  constructor(events: ModelCallEvents) {
    this.#events = events
  }

  start(call: StartedCall): void {
    this.#running.set(call.spanId, call)
    if (call.type !== 'model') return
    this.#mark(call.parentSpanId)
    if (this.#hasEnded) this.#tellInFlight(call)
  }

  add(span: SpanRecord): void {
    const { spanId, parentSpanId, usage, type, replay } = span
    this.#running.delete(spanId)
    const isAround = this.#around.has(spanId)
    if (usage || isAround || type === 'model') this.#mark(parentSpanId)
    if (replay?.mocked) return
    if (usage) this.#events.ended(span, false)
    else if (!isAround && mayCost(span)) this.#open.set(spanId, span)
    else if (this.#inFlight.has(spanId)) this.#events.ended(span, true)
    // A call that outlived its item: nothing around it can still come.
    if (this.#hasEnded) this.#tellOpen()
  }

  /** Call when the item has ended. */
  end(): void {
    this.#hasEnded = true
    this.#tellOpen()
    for (const call of this.#running.values()) if (call.type === 'model') this.#tellInFlight(call)
  }

  #tellOpen(): void {
    for (const [spanId, span] of this.#open) if (!this.#around.has(spanId)) this.#events.ended(span, false)
    this.#open.clear()
  }

  #tellInFlight(call: StartedCall): void {
    if (this.#around.has(call.spanId) || this.#inFlight.has(call.spanId)) return
    this.#inFlight.add(call.spanId)
    this.#events.inFlight(call)
  }

  #mark(spanId: string | undefined): void {
    for (let id = spanId; id !== undefined && !this.#around.has(id); ) {
      this.#around.add(id)
      id = (this.#open.get(id) ?? this.#running.get(id))?.parentSpanId
    }
  }
}
