import {
  type ActiveReplay,
  type ActiveSpan,
  newTraceId,
  type ReplayCall,
  type ReplayDecision,
  RuntapeError,
  type Sink,
  type SpanRecord,
  type Trace,
} from '@runtape/core'
import type { MockedCall, MockReport } from './mock-report.ts'
import type { MockStrategy } from './options.ts'
import { recordedAnswer, whyNoAnswer } from './recorded-answer.ts'
import type { Match } from './recorded-calls.ts'
import { RecordedTree } from './recorded-tree.ts'

export interface SessionOptions {
  readonly testRunId: string
  readonly trace: Trace
  readonly mock: MockStrategy
  readonly onMiss: 'error' | 'run'
  /** Takes what is recorded meanwhile. */
  readonly sink: Sink
}

/** The replay of one trace: decides about each call. */
export class ReplaySession implements ActiveReplay {
  readonly testRunId: string
  readonly traceId = newTraceId()
  readonly sourceTraceId: string
  readonly rootSourceSpanId: string
  readonly sink: Sink
  readonly #mock: MockStrategy
  readonly #onMiss: SessionOptions['onMiss']
  readonly #tree: RecordedTree
  readonly #served: MockedCall[] = []
  readonly #drifted: MockedCall[] = []
  readonly #missed: MockedCall[] = []

  constructor({ testRunId, trace, mock, onMiss, sink }: SessionOptions) {
    this.testRunId = testRunId
    this.sourceTraceId = trace.traceId
    this.rootSourceSpanId = trace.root.spanId
    this.sink = sink
    this.#mock = mock
    this.#onMiss = onMiss
    this.#tree = new RecordedTree(trace)
  }

  decide(call: ReplayCall, parent: ActiveSpan): ReplayDecision {
    const match = this.#match(call, parent)
    if (!this.#isMocked(call.mockOnReplay)) return run(match)
    const problem = match && whyNoAnswer(match.call.span)
    return match && problem === undefined ? this.#serve(call, match) : this.#miss(call, match, problem)
  }

  /** What became of the calls so far: a copy. */
  report(): MockReport {
    const unused = Array.from(
      this.#tree.unused(span => this.#isMocked(span.mockOnReplay)),
      named,
    )
    return { served: [...this.#served], drifted: [...this.#drifted], missed: [...this.#missed], unused }
  }

  #match({ key, name, input }: ReplayCall, parent: ActiveSpan): Match | undefined {
    // A parent that is not on the tape has no recorded children.
    if (parent.sourceSpanId === undefined) return undefined
    return this.#tree.take(parent.sourceSpanId, key, name, input)
  }

  #isMocked(marked = false): boolean {
    return this.#mock === 'all' || (this.#mock === 'marked' && marked)
  }

  #serve({ key, name }: ReplayCall, { call, drifted }: Match): ReplayDecision {
    call.state = 'answered'
    const list = drifted ? this.#drifted : this.#served
    list.push({ key, name, sourceSpanId: call.span.spanId })
    return recordedAnswer(call.span)
  }

  #miss({ key, name }: ReplayCall, match: Match | undefined, problem: string | undefined): ReplayDecision {
    const source = match && { sourceSpanId: match.call.span.spanId }
    this.#missed.push({ key, name, ...source })
    if (this.#onMiss === 'run') return run(match)
    if (match) match.call.state = 'answered'
    return { action: 'fail', error: missError(key, name, this.sourceTraceId, problem) }
  }
}

function missError(key: string, name: string, traceId: string, problem: string | undefined): RuntapeError {
  const shown = key === name ? `'${key}'` : `'${key}' (${name})`
  const because = problem === undefined ? '' : `: ${problem}`
  return new RuntapeError(
    'replay-miss',
    `Nothing on the tape answers this call of ${shown} in trace ${traceId}, so it was not run${because}. ` +
      "Pass onMiss: 'run' to run such calls, or record a trace that answers it.",
  )
}

function run(match: Match | undefined): ReplayDecision {
  if (!match) return { action: 'run' }
  match.call.state = 'ran'
  return { action: 'run', sourceSpanId: match.call.span.spanId }
}

const named = ({ key, name, spanId }: SpanRecord): MockedCall => ({ key, name, sourceSpanId: spanId })
