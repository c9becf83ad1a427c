import { type RunEvent, RuntapeError, type Sink, type SpanRecord } from '@runtape/core'
import { runBeforeLastFlush, whenHandedOver } from '@runtape/core/internal'
import { SampledTrace } from './sampled-trace.ts'

export interface SamplingSinkOptions {
  /** Share of traces to keep among those without an error and without a thumbs-down: from 0 to 1. */
  readonly rate: number
  /** Bytes of spans that may wait for a decision or a late thumbs-down. Default: 32 MiB. */
  readonly maxBytes?: number
  /** Number of remembered traces, whose late spans get the same decision. Default: 10,000. */
  readonly maxTraces?: number
}

/**
 * Keeps a sample of whole traces, and every trace with an error or a thumbs-down. The decision is made when the root of a trace
 * has ended. A dropped trace stays in memory while there is room, in case a thumbs-down follows. The decision depends on the
 * trace id, so processes that share a trace decide alike. Run events always pass, because they are billing data. Use it as the
 * sink of both tracing and trackers, so that it sees feedback.
 *
 * @throws {RuntapeError} `invalid-option` if the rate is not from 0 to 1.
 *
 * @example
 * ```ts
 * import type { Sink } from '@runtape/core'
 * import { configureTracing, samplingSink } from '@runtape/trace'
 *
 * declare const recorder: Sink
 * configureTracing({ sink: samplingSink(recorder, { rate: 0.1 }) })
 * ```
 */
export function samplingSink(sink: Sink, options: SamplingSinkOptions): Sink {
  const { rate, maxBytes = 32 * 1024 * 1024, maxTraces = 10_000 } = options
  if (!(rate >= 0 && rate <= 1)) {
    throw new RuntapeError('invalid-option', `rate must be a number from 0 to 1 (got ${String(rate)}).`)
  }
  const sampler = new Sampler(sink, rate, maxBytes, maxTraces)
  let isClosed = false
  const sampled: Sink = {
    append: record => {
      if (isClosed) return false
      try {
        return record.kind === 'span' ? sampler.span(record) : sampler.runEvent(record)
      } catch {
        // Malformed: the sink behind reports it.
        return sink.append(record)
      }
    },
    flush: () => sink.flush(),
    close: async () => {
      // Ended calls whose bodies are still being read.
      await whenHandedOver()
      runBeforeLastFlush(sampled)
      isClosed = true
      sampler.decideAll()
      return sink.close()
    },
  }
  return sampled
}

class Sampler {
  readonly #sink: Sink
  readonly #rate: number
  readonly #maxBytes: number
  readonly #maxTraces: number
  /** In order of their last activity, so that the first is the one to drop. */
  readonly #traces = new Map<string, SampledTrace>()
  readonly #traceOfRun = new Map<string, string>()
  #bytes = 0

  constructor(sink: Sink, rate: number, maxBytes: number, maxTraces: number) {
    this.#sink = sink
    this.#rate = rate
    this.#maxBytes = maxBytes
    this.#maxTraces = maxTraces
  }

  span(span: SpanRecord): unknown {
    if (typeof span.traceId !== 'string') throw new RuntapeError('invalid-record', 'a span needs a trace id')
    const trace = this.#trace(span.traceId)
    if (span.status === 'error') this.#mustKeep(trace)
    if (span.runId !== undefined) this.#remember(span.runId, span.traceId)
    if (trace.decision === 'kept') return this.#sink.append(span)
    this.#bytes += trace.hold(span)
    if (span.parentSpanId === undefined) this.#decide(trace)
    this.#makeRoom()
    return true
  }

  runEvent(event: RunEvent): unknown {
    const { runId, metric, value, traceId = this.#traceOfRun.get(runId) } = event
    if (traceId !== undefined) {
      this.#remember(runId, traceId)
      const isThumbsDown = metric === 'feedback' && (value as { kind?: unknown }).kind === 'negative'
      if (isThumbsDown) this.#mustKeep(this.#trace(traceId))
    }
    return this.#sink.append(event)
  }

  decideAll(): void {
    for (const trace of this.#traces.values()) if (trace.decision === 'open') this.#decide(trace)
  }

  #trace(traceId: string): SampledTrace {
    const trace = this.#traces.get(traceId) ?? new SampledTrace(traceId)
    this.#traces.delete(traceId)
    this.#traces.set(traceId, trace)
    return trace
  }

  // Even after the decision: a dropped trace that is still in memory is kept after all.
  #mustKeep(trace: SampledTrace): void {
    trace.mustKeep = true
    if (trace.decision === 'dropped') this.#decide(trace)
  }

  #decide(trace: SampledTrace): void {
    trace.decision = trace.mustKeep || shareOf(trace.traceId) < this.#rate ? 'kept' : 'dropped'
    if (trace.decision === 'dropped') return
    this.#bytes -= trace.bytes
    for (const span of trace.release()) this.#sink.append(span)
  }

  #makeRoom(): void {
    for (const trace of this.#traces.values()) {
      if (this.#bytes <= this.#maxBytes && this.#traces.size <= this.#maxTraces) return
      if (trace.decision === 'open') this.#decide(trace)
      this.#bytes -= trace.bytes
      trace.release()
      if (this.#traces.size > this.#maxTraces) this.#traces.delete(trace.traceId)
    }
  }

  #remember(runId: string, traceId: string): void {
    this.#traceOfRun.delete(runId)
    this.#traceOfRun.set(runId, traceId)
    if (this.#traceOfRun.size <= this.#maxTraces) return
    const [oldest] = this.#traceOfRun.keys()
    if (oldest !== undefined) this.#traceOfRun.delete(oldest)
  }
}

/** Position of a trace between 0 and 1, from the random end of its id. */
const shareOf = (traceId: string): number => Number.parseInt(traceId.slice(-8), 16) / 2 ** 32
