import type { SpanRecord } from '@runtape/core'
import { sizeOfSpan } from './span-size.ts'

export interface BufferLimits {
  readonly maxSpans: number
  readonly maxBytes: number
}

/** Spans queued for the store. When it is full, the oldest are dropped and counted. */
export class SpanBuffer {
  readonly #limits: BufferLimits
  readonly #onDrop: (span: SpanRecord) => void
  #spans: SpanRecord[] = []
  /** Size of each span, at the same index. */
  #sizes: number[] = []
  #head = 0
  #bytes = 0
  dropped = 0

  /** @param onDrop called with each dropped span */
  constructor(limits: BufferLimits, onDrop: (span: SpanRecord) => void = () => {}) {
    this.#limits = limits
    this.#onDrop = onDrop
  }

  get length(): number {
    return this.#spans.length - this.#head
  }

  push(span: SpanRecord): void {
    this.#add(span, sizeOfSpan(span))
    while (this.length > this.#limits.maxSpans || (this.#bytes > this.#limits.maxBytes && this.length > 1)) {
      this.#onDrop(this.#shift())
      this.dropped++
    }
  }

  /** The oldest spans: at most `count`, and about `bytes` of payload. */
  take(count: number, bytes: number): SpanRecord[] {
    const batch: SpanRecord[] = []
    for (let size = 0; this.length > 0 && batch.length < count && size < bytes; ) {
      size += this.#sizes[this.#head] as number
      batch.push(this.#shift())
    }
    return batch
  }

  /** Returns spans that the store did not accept to their old positions. */
  putBack(batch: readonly SpanRecord[]): void {
    const waiting = this.#spans.slice(this.#head)
    this.#spans = []
    this.#sizes = []
    this.#head = 0
    this.#bytes = 0
    for (const span of batch) this.push(span)
    for (const span of waiting) this.push(span)
  }

  #add(span: SpanRecord, size: number): void {
    this.#spans.push(span)
    this.#sizes.push(size)
    this.#bytes += size
  }

  #shift(): SpanRecord {
    const span = this.#spans[this.#head] as SpanRecord
    this.#bytes -= this.#sizes[this.#head] as number
    this.#head++
    // Occasionally, so that taking from the front stays cheap and memory is freed.
    if (this.#head > 1024 && this.#head * 2 > this.#spans.length) {
      this.#spans = this.#spans.slice(this.#head)
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
    return span
  }
}
