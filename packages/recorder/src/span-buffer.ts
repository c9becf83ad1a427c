import type { SpanRecord } from '@runtape/core'

export interface BufferLimits {
  readonly maxSpans: number
  readonly maxBytes: number
}

/** Spans that wait for the store. When it is full the oldest go first, and are counted. */
export class SpanBuffer {
  readonly #limits: BufferLimits
  #spans: SpanRecord[] = []
  #head = 0
  #bytes = 0
  dropped = 0

  constructor(limits: BufferLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#spans.length - this.#head
  }

  push(span: SpanRecord): void {
    this.#spans.push(span)
    this.#bytes += sizeOf(span)
    while (this.length > this.#limits.maxSpans || (this.#bytes > this.#limits.maxBytes && this.length > 1)) {
      this.#shift()
      this.dropped++
    }
  }

  /** The oldest spans: at most `count`, and about `bytes` of payload. */
  take(count: number, bytes: number): SpanRecord[] {
    const batch: SpanRecord[] = []
    for (let size = 0; this.length > 0 && batch.length < count && size < bytes; ) {
      const span = this.#shift()
      size += sizeOf(span)
      batch.push(span)
    }
    return batch
  }

  /** Puts spans back that the store did not take, in their old place. */
  putBack(batch: readonly SpanRecord[]): void {
    const waiting = this.#spans.slice(this.#head)
    this.#spans = []
    this.#head = 0
    this.#bytes = 0
    for (const span of batch) this.push(span)
    for (const span of waiting) this.push(span)
  }

  #shift(): SpanRecord {
    const span = this.#spans[this.#head] as SpanRecord
    this.#head++
    this.#bytes -= sizeOf(span)
    // Now and then, so that taking from the front stays cheap and memory is given back.
    if (this.#head > 1024 && this.#head * 2 > this.#spans.length) {
      this.#spans = this.#spans.slice(this.#head)
      this.#head = 0
    }
    return span
  }
}

/** About what a span holds in memory, in bytes: its payloads, and a flat rate for the rest. */
function sizeOf({ input, output, error }: SpanRecord): number {
  return 500 + input.json.length + (output?.json.length ?? 0) + (error?.value.json.length ?? 0)
}
