import {
  type ActiveReplay,
  type ActiveSpan,
  newTraceId,
  type ReplayCall,
  type ReplayDecision,
  RuntapeError,
  type Sink,
  type SpanRecord,
  type TapeRecord,
  type Trace,
} from '@runtape/core'
import type { MockedCall, MockReport } from './mock-report.ts'
import type { MockStrategy } from './options.ts'
import { type Match, RecordedTree } from './recorded-tree.ts'

export interface SessionOptions {
  readonly testRunId: string
  readonly trace: Trace
  readonly mock: MockStrategy
  readonly onMiss: 'error' | 'run'
}

/** The replay of one trace: decides about each call, and collects what is recorded meanwhile. */
export class ReplaySession implements ActiveReplay {
  readonly testRunId: string
  readonly traceId = newTraceId()
  readonly sourceTraceId: string
  readonly rootSourceSpanId: string
  readonly sink: Sink
  readonly #options: SessionOptions
  readonly #tree: RecordedTree
  readonly #served: MockedCall[] = []
  readonly #drifted: MockedCall[] = []
  readonly #missed: MockedCall[] = []

  constructor(options: SessionOptions, append: (record: TapeRecord) => void) {
    this.#options = options
    this.#tree = new RecordedTree(options.trace)
    this.testRunId = options.testRunId
    this.sourceTraceId = options.trace.traceId
    this.rootSourceSpanId = options.trace.root.spanId
    this.sink = { append, flush: async () => {}, close: async () => {} }
  }

  decide(call: ReplayCall, parent: ActiveSpan): ReplayDecision {
    const match = this.#match(call, parent)
    if (!this.#isMocked(call.mockOnReplay)) return run(match)
    if (!match || !isServable(match.call.span)) return this.#miss(call, match)
    return this.#serve(call, match)
  }

  report(): MockReport {
    const unused = this.#options.mock === 'none' ? [] : Array.from(this.#unused(), named)
    return { served: this.#served, drifted: this.#drifted, missed: this.#missed, unused }
  }

  #match({ key, name, input }: ReplayCall, parent: ActiveSpan): Match | undefined {
    // A parent that is not on the tape has no recorded children.
    if (parent.sourceSpanId === undefined) return undefined
    return this.#tree.take(parent.sourceSpanId, key, name, input)
  }

  #isMocked(marked: boolean): boolean {
    return this.#options.mock === 'all' || (this.#options.mock === 'marked' && marked)
  }

  #serve({ key, name }: ReplayCall, { call, drifted }: Match): ReplayDecision {
    const { spanId, resultKind, output, error, status } = call.span
    call.state = 'served'
    const list = drifted ? this.#drifted : this.#served
    list.push({ key, name, sourceSpanId: spanId })
    return {
      action: 'serve',
      sourceSpanId: spanId,
      resultKind,
      complete: status !== 'cancelled',
      ...(output && { output }),
      ...(error && { error: error.value }),
    }
  }

  #miss({ key, name }: ReplayCall, match: Match | undefined): ReplayDecision {
    this.#missed.push({ key, name })
    if (this.#options.onMiss === 'run') return run(match)
    const shown = key === name ? `'${key}'` : `'${key}' (${name})`
    return {
      action: 'fail',
      error: new RuntapeError(
        'replay-miss',
        `Nothing on the tape answers this call of ${shown} in trace ${this.sourceTraceId}, so it was not run. ` +
          "Pass onMiss: 'run' to run such calls, or record a trace that makes it.",
      ),
    }
  }

  *#unused(): Generator<SpanRecord> {
    for (const span of this.#tree.unused()) {
      // Under 'all' what lies deeper is covered by the call above it, which is itself unused.
      if (this.#options.mock === 'all' ? this.#tree.parentRan(span) : span.mockOnReplay) yield span
    }
  }
}

function run(match: Match | undefined): ReplayDecision {
  if (!match) return { action: 'run' }
  match.call.state = 'ran'
  return { action: 'run', sourceSpanId: match.call.span.spanId }
}

// A call that had not ended, or whose stream nobody read, left no answer.
const isServable = ({ status }: SpanRecord) => status !== 'unfinished' && status !== 'abandoned'

const named = ({ key, name, spanId }: SpanRecord): MockedCall => ({ key, name, sourceSpanId: spanId })
