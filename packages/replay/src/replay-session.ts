import {
  type ActiveReplay,
  type ActiveSpan,
  type EndReady,
  newTraceId,
  type ReplayCall,
  type ReplayDecision,
  RuntapeError,
  type Sink,
  type SpanRecord,
  type TapeRecord,
  type Trace,
} from '@runtape/core'
import { type ActiveResources, activeResources } from './active-resources.ts'
import type { MockedCall, MockReport } from './mock-report.ts'
import type { MockStrategy, MockTiming } from './options.ts'
import { OrderedEnds } from './ordered-ends.ts'
import { recordedAnswer, whyNoAnswer } from './recorded-answer.ts'
import type { Match, RecordedCall } from './recorded-calls.ts'
import { RecordedTree } from './recorded-tree.ts'

export interface SessionOptions {
  readonly testRunId: string
  readonly trace: Trace
  readonly mock: MockStrategy
  readonly onMiss: 'error' | 'run'
  readonly timing?: MockTiming
  /** What the event loop had to do before the replay began. */
  readonly resources?: ActiveResources
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
  readonly #timing: MockTiming
  readonly #tree: RecordedTree
  readonly #ends: OrderedEnds
  readonly #served: MockedCall[] = []
  readonly #drifted: MockedCall[] = []
  readonly #missed: MockedCall[] = []

  constructor({ testRunId, trace, mock, onMiss, timing = 'immediate', resources, sink }: SessionOptions) {
    this.testRunId = testRunId
    this.sourceTraceId = trace.traceId
    this.rootSourceSpanId = trace.root.spanId
    this.sink = { ...bound(sink), append: record => this.#append(sink, record) }
    this.#mock = mock
    this.#onMiss = onMiss
    this.#timing = timing
    this.#tree = new RecordedTree(trace)
    this.#ends = new OrderedEnds(() => this.#tree.calls(), resources ?? activeResources())
  }

  decide(call: ReplayCall, parent: ActiveSpan): ReplayDecision {
    const match = this.#match(call, parent)
    if (!this.#isMocked(call.mockOnReplay)) return this.#run(match)
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

  /** To be called when the replayed call has ended. From then on no end is held back. */
  async close(): Promise<void> {
    await this.#ends.close(this.#tree.root)
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
    this.#ends.happened()
    return { ...recordedAnswer(call.span), ready: this.#answerReady(call) }
  }

  #miss({ key, name }: ReplayCall, match: Match | undefined, problem: string | undefined): ReplayDecision {
    const source = match && { sourceSpanId: match.call.span.spanId }
    this.#missed.push({ key, name, ...source })
    if (this.#onMiss === 'run') return this.#run(match)
    if (match) Object.assign(match.call, { state: 'answered', hasEnded: true })
    this.#ends.happened()
    return { action: 'fail', error: missError(key, name, this.sourceTraceId, problem) }
  }

  #run(match: Match | undefined): ReplayDecision {
    if (!match) return { action: 'run' }
    const { call } = match
    call.state = 'ran'
    this.#ends.happened()
    const sourceSpanId = call.span.spanId
    // Where nothing is answered everything takes its own time.
    if (this.#mock === 'none') return { action: 'run', sourceSpanId }
    return { action: 'run', sourceSpanId, ready: () => this.#ends.ready(call) }
  }

  #answerReady(call: RecordedCall): EndReady {
    const ready = () => this.#ends.ready(call)
    if (this.#timing === 'immediate') return ready
    const until = performance.now() + call.span.durationMs
    return () => {
      const left = until - performance.now()
      return left > 0 ? new Promise<void>(resolve => setTimeout(resolve, left)).then(ready) : ready()
    }
  }

  #append(sink: Sink, record: TapeRecord): unknown {
    const taken = sink.append(record)
    const sourceSpanId = record.kind === 'span' ? record.replay?.sourceSpanId : undefined
    const call = sourceSpanId === undefined ? undefined : this.#tree.call(sourceSpanId)
    if (call && !call.hasEnded && call !== this.#tree.root) {
      call.hasEnded = true
      this.#ends.happened()
    }
    return taken
  }
}

const bound = (sink: Sink) => ({ flush: () => sink.flush(), close: () => sink.close() })

function missError(key: string, name: string, traceId: string, problem: string | undefined): RuntapeError {
  const shown = key === name ? `'${key}'` : `'${key}' (${name})`
  const because = problem === undefined ? '' : `: ${problem}`
  return new RuntapeError(
    'replay-miss',
    `Nothing on the tape answers this call of ${shown} in trace ${traceId}, so it was not run${because}. ` +
      "Pass onMiss: 'run' to run such calls, or record a trace that answers it.",
  )
}

const named = ({ key, name, spanId }: SpanRecord): MockedCall => ({ key, name, sourceSpanId: spanId })
