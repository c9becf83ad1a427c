import { type Payload, RuntapeError, type Sink, type SpanRecord, type TapeRecord } from '@runtape/core'
import {
  type ActiveReplay,
  type ActiveSpan,
  droppedTag,
  type EndReady,
  messageOf,
  monotonicNow,
  newTraceId,
  type ReplayCall,
  type ReplayDecision,
  realDelay,
} from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import type { StartedCall } from '../limits/model-calls.ts'
import type { MockTiming } from '../options.ts'
import { type ActiveResources, activeResources } from '../timers/active-resources.ts'
import type { ItemTimers } from '../timers/item-timers.ts'
import type { ItemWork } from '../timers/item-work.ts'
import { type CallView, viewOfCall, viewOfSpan, type Whole } from './call-view.ts'
import { OrderedEnds } from './completion-order.ts'
import type { DeferredOutputs } from './deferred-outputs.ts'
import { MockLedger, type MockReport } from './mock-report.ts'
import { madeByItem, whyInAnotherItem } from './other-items.ts'
import { type Overrides, overriddenAnswer } from './override.ts'
import { PendingAnswers } from './pending-answers.ts'
import { type CallPolicy, type MockPolicy, type MockStrategy, policyOf } from './policy.ts'
import { type Mutable, recordedAnswer, type ServeDecision, whyNoAnswer } from './recorded-answer.ts'
import type { Match, RecordedCall } from './recorded-calls.ts'
import { RecordedRuns } from './recorded-runs.ts'
import { RecordedTree } from './recorded-tree.ts'

export interface SessionOptions {
  readonly testRunId: string
  readonly trace: Trace
  readonly mock: MockStrategy | MockPolicy
  readonly onMiss: 'error' | 'run'
  readonly timing?: MockTiming
  readonly overrides?: Overrides | undefined
  /** Work of the event loop before the replay started. */
  readonly resources?: ActiveResources
  /** Outputs that the store omitted from the trace; absent if there are none. */
  readonly outputs?: DeferredOutputs
  /** Called for each call that the policy lets run. */
  readonly onRun?: (call: ReplayCall) => void
  /** Called for each call that runs and records a span. */
  readonly onLive?: (call: StartedCall) => void
  /** Receives answered calls with function arguments for which the tape does not say whether they were called. */
  readonly uncalled?: string[]
  /** Receives records made meanwhile. */
  readonly sink: Sink
}

/** The replay of one trace: decides each call. */
export class ReplaySession implements ActiveReplay {
  readonly testRunId: string
  readonly traceId = newTraceId()
  readonly sourceTraceId: string
  readonly rootSourceSpanId: string
  readonly sink: Sink
  readonly #options: SessionOptions
  readonly #policy: MockPolicy
  readonly #tree: RecordedTree
  readonly #ends: OrderedEnds
  readonly #ledger = new MockLedger()
  readonly #runs = new RecordedRuns()
  readonly #pending: PendingAnswers
  readonly #ran = new Map<string, number>()
  #served = 0
  #stopped: Error | undefined
  #onLateMiss: ((call: ReplayCall) => void) | undefined

  constructor(options: SessionOptions) {
    const { testRunId, trace, mock, resources, outputs, sink } = options
    this.testRunId = testRunId
    this.sourceTraceId = trace.traceId
    this.rootSourceSpanId = trace.root.spanId
    this.sink = { ...bound(sink), append: record => this.#append(sink, record) }
    this.#options = options
    this.#policy = policyOf(mock)
    this.#tree = new RecordedTree(trace)
    const isBusy = () => outputs?.isBusy === true
    this.#ends = new OrderedEnds(() => this.#tree.calls(), resources ?? activeResources(), isBusy)
    this.#ends.waitsForWork = this.#isTimed
    this.#pending = new PendingAnswers(this.#ends, this.#isTimed, trace.root.durationMs)
  }

  decide(call: ReplayCall, parent: ActiveSpan, spanId?: string): ReplayDecision {
    const decision = this.#decide(call, parent)
    const { key, type } = call
    if (spanId !== undefined && decision.action === 'run')
      this.#options.onLive?.({ spanId, parentSpanId: parent.spanId, key, type })
    return decision
  }

  #decide(call: ReplayCall, parent: ActiveSpan): ReplayDecision {
    if (this.#stopped) return { action: 'fail', error: this.#stopped }
    const match = this.#match(call, parent)
    const view = viewOfCall(call, match?.call.span, this.#whole)
    const { overrides } = this.#options
    const answer = overrides && overriddenAnswer(overrides, view)
    if (answer) {
      this.#ledger.addOverridden(call, match?.call.span)
      return match ? this.#answerWith(match.call, { ...answer }) : answer
    }
    const policy = this.#ask(view)
    if (policy === 'live') {
      this.#options.onRun?.(call)
      return this.#run(call, match)
    }
    if (policy !== 'recorded') return this.#refuse(call, match, policy)
    const problem = match ? whyNoAnswer(match.call.span) : this.#whyNoCall(call, parent)
    return match && problem === undefined ? this.#serve(call, match) : this.#miss(call, match, problem ?? '')
  }

  /** Counts a call whose real code runs. */
  noteRun(key: string): void {
    this.#ran.set(key, (this.#ran.get(key) ?? 0) + 1)
  }

  /** Number of calls whose real code ran, by key. */
  ran(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#ran)
  }

  nextRunId(configKey: string, { sourceSpanId = '' }: ActiveSpan): string | undefined {
    const call = this.#tree.call(sourceSpanId)
    return call && this.#runs.take(call.span, configKey)
  }

  /** The recorded inputs of this function's calls that have not been made yet. */
  unusedInputs({ key, name }: ReplayCall): Iterable<Payload> {
    return this.#tree.unusedInputs(key, name)
  }

  /** Whether a recorded call was made and has not ended. */
  isOpen(spanId: string): boolean {
    return this.#tree.isOpen(spanId)
  }

  /** See `RecordedCall`. */
  heldUp(spanId: string): number | undefined {
    return this.#tree.call(spanId)?.heldUp
  }

  recorded(spanId: string): SpanRecord | undefined {
    return this.#tree.call(spanId)?.span
  }

  /** The timers of the replayed code; `undefined` if everything takes real time. */
  timers(): ItemTimers | undefined {
    return this.#isTimed ? this.#ends.timers() : undefined
  }

  /** What the replayed code waits for besides timers; `undefined` if everything takes real time. */
  work(): ItemWork | undefined {
    return this.#isTimed ? this.#ends.work() : undefined
  }

  /** Whether the order of timers and answers may be different: a timer in recorded time affected it. */
  get hadTimers(): boolean {
    return this.#ends.hadTimers(this.#tree.root)
  }

  /** Whether everything takes real time: otherwise timers do not wait, and the duration means nothing. */
  get isInRealTime(): boolean {
    return !this.#isTimed
  }

  // If nothing is mocked, everything takes real time.
  get #isTimed(): boolean {
    const { mock, overrides, timing } = this.#options
    return timing !== 'recorded' && (mock !== 'none' || overrides !== undefined)
  }

  /** After its end: milliseconds until its code continues, if that is within `withinMs`. */
  soon(withinMs: number): number | undefined {
    return this.#ends.soon(withinMs)
  }

  /** Calls `told` for calls missed from now on, which is too late for the item's report. */
  onLateMiss(told: (call: ReplayCall) => void): void {
    this.#onLateMiss = told
  }

  /** A copy of the results of calls so far. */
  report(): MockReport {
    return this.#ledger.report(
      this.#tree.unused(span => this.#ask(viewOfSpan(span, this.#whole)) === 'recorded'),
    )
  }

  /** Call when the replayed call has ended. From then on no end is delayed. */
  async close(): Promise<void> {
    this.#pending.stop()
    await this.#options.outputs?.idle()
    await this.#ends.close(this.#tree.root)
    this.#pending.endAll()
  }

  /** From now on every call fails with this error: the replayed call is no longer awaited. */
  stop(error: Error): void {
    this.#stopped = madeByItem(error, this)
    this.#options.outputs?.stop(error)
    this.#ends.release()
    this.#pending.endAll()
  }

  readonly #whole: Whole = span => this.#options.outputs?.whole(span) ?? span

  #match({ key, name, input }: ReplayCall, parent: ActiveSpan): Match | undefined {
    // A parent that is not on the tape has no recorded children.
    if (parent.sourceSpanId === undefined) return undefined
    const match = this.#tree.take(parent.sourceSpanId, key, name, input)
    if (match) this.#ends.noteTimer(match.call)
    return match
  }

  #whyNoCall(call: ReplayCall, { sourceSpanId = '' }: ActiveSpan): string {
    const around = this.#tree.call(sourceSpanId)?.span
    if (!around || !droppedTag(around))
      return whyInAnotherItem(call, this) ?? 'no such call is left on the tape'
    return `the recorded call of '${around.key}' around it was dropped, and calls under a dropped call are not kept`
  }

  #ask(view: CallView): CallPolicy | Error {
    try {
      return this.#policy(view)
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error))
    }
  }

  #serve(call: ReplayCall, match: Match): ReplayDecision {
    const { span } = match.call
    const elsewhere = match.drifted ? whyInAnotherItem(call, this, span) : undefined
    const answered = this.#ledger.addAnswered(call, match, elsewhere)
    const missing = (what: string) => {
      answered.miss ??= what
      return madeByItem(missError(call, this.sourceTraceId, what, true), this)
    }
    const note = (what: string) => {
      answered.notes ??= []
      answered.notes.push(what)
    }
    const unlikeThis = (fields: readonly string[]) => {
      answered.unlikeThis = fields
    }
    const uncalled = (paths: readonly string[]) => {
      const which = paths.slice(0, 3).join(', ')
      note(
        `the tape does not say whether it called ${which}, so nothing was called; declare it with callbacks: 'record'`,
      )
      this.#options.uncalled?.push(`${shown(call)} (${which})`)
    }
    const order = this.#served++
    const answer = this.#answerOf(span)
    answer.missing = missing
    answer.note = note
    answer.unlikeThis = unlikeThis
    answer.uncalled = uncalled
    answer.whenOver = (end, miss) => this.#pending.add(order, end, miss)
    return this.#answerWith(match.call, answer)
  }

  #answerOf(span: SpanRecord): Mutable<ServeDecision> {
    const answer = recordedAnswer(span)
    const { outputs } = this.#options
    if (span.output?.deferred === undefined || !outputs) return answer
    delete answer.output
    answer.load = () => outputs.load(span)
    return answer
  }

  #answerWith(call: RecordedCall, answer: Mutable<ServeDecision>): ReplayDecision {
    call.state = 'answered'
    this.#ends.happened(call)
    answer.ready = this.#answerReady(call)
    return answer
  }

  #miss(call: ReplayCall, match: Match | undefined, problem: string): ReplayDecision {
    const runs = this.#options.onMiss === 'run'
    this.#ledger.addMissed(call, match?.call.span, problem, runs)
    if (runs) return this.#run(call, match)
    this.#onLateMiss?.(call)
    return this.#fail(
      match,
      madeByItem(missError(call, this.sourceTraceId, problem, match !== undefined), this),
    )
  }

  #refuse(call: ReplayCall, match: Match | undefined, policy: 'error' | Error): ReplayDecision {
    const reason = policy === 'error' ? "the replay's policy refuses it" : withoutStop(policy.message)
    this.#ledger.addMissed(call, match?.call.span, reason)
    this.#onLateMiss?.(call)
    const message = `This call of ${shown(call)} in the replay of trace ${this.sourceTraceId} was not run: ${reason}.`
    return this.#fail(match, new RuntapeError('replay-refused', message))
  }

  #fail(match: Match | undefined, error: Error): ReplayDecision {
    if (match) Object.assign(match.call, { state: 'answered', hasEnded: true })
    this.#ends.happened()
    return { action: 'fail', error, ...(match && { sourceSpanId: match.call.span.spanId }) }
  }

  #run({ key }: ReplayCall, match: Match | undefined): ReplayDecision {
    this.noteRun(key)
    const room = (isChunk?: boolean) => (isChunk ? undefined : this.#options.outputs?.room())
    if (!match) return { action: 'run', ready: room }
    const { call } = match
    call.state = 'ran'
    this.#ends.happened()
    const sourceSpanId = call.span.spanId
    // If nothing is mocked, everything takes real time.
    if (this.#options.mock === 'none' && !this.#options.overrides)
      return { action: 'run', sourceSpanId, ready: room }
    const ends = (isChunk?: boolean) => this.#ends.ready(call, isChunk)
    return {
      action: 'run',
      sourceSpanId,
      ready: isChunk => (isChunk ? ends(true) : (room()?.then(() => ends()) ?? ends())),
    }
  }

  #answerReady(call: RecordedCall): EndReady {
    const ready = (isChunk?: boolean) => this.#ends.ready(call, isChunk)
    if (this.#options.timing !== 'recorded') return ready
    const until = monotonicNow() + call.span.durationMs
    return isChunk => {
      if (isChunk) return undefined
      const left = until - monotonicNow()
      return left > 0 ? realDelay(left).then(() => ready()) : ready()
    }
  }

  #append(sink: Sink, record: TapeRecord): unknown {
    const call = record.kind === 'span' ? this.#tree.call(record.replay?.sourceSpanId ?? '') : undefined
    if (!call || call === this.#tree.root || record.kind !== 'span') return sink.append(record)
    this.#options.outputs?.compare(call.span, record)
    const taken = sink.append(record)
    if (!call.hasEnded) {
      call.hasEnded = true
      this.#ends.happened()
    }
    return taken
  }
}

// It is the middle of a sentence.
const withoutStop = (message: string) => message.replace(/\.$/, '')

const bound = (sink: Sink) => ({ flush: () => sink.flush(), close: () => sink.close() })

const shown = ({ key, name }: ReplayCall) => (key === name ? `'${key}'` : `'${key}' (${name})`)

/** @param isThere whether the recorded call is on the tape but cannot be served */
function missError(call: ReplayCall, traceId: string, problem: string, isThere: boolean): RuntapeError {
  const again = isThere ? 'Record it again' : 'Record it'
  return new RuntapeError(
    'replay-miss',
    `Nothing on the tape answers this call of ${shown(call)} in trace ${traceId}, so it was not run: ${problem}. ` +
      `${again}, answer it with overrides, or let such calls run for real: --on-miss run (onMiss: 'run').`,
  )
}
