import type { SpanRecord } from '@runtape/core'

/** The spans of one trace that wait for a decision, or may still be kept after it. */
export class SampledTrace {
  readonly traceId: string
  spans: SpanRecord[] = []
  bytes = 0
  /** It contains something that must not be lost: an error, or a thumbs-down. */
  mustKeep = false
  decision: 'open' | 'kept' | 'dropped' = 'open'

  constructor(traceId: string) {
    this.traceId = traceId
  }

  hold(span: SpanRecord): number {
    const size = 500 + span.input.json.length + (span.output?.json.length ?? 0)
    this.spans.push(span)
    this.bytes += size
    return size
  }

  /** Returns the buffered spans and releases them. */
  release(): SpanRecord[] {
    const { spans } = this
    this.spans = []
    this.bytes = 0
    return spans
  }
}
