import {
  type CallValue,
  currentFrame,
  encodeResumptionToken,
  isGenerator,
  isIteration,
  type Logger,
  type Metric,
  type MetricValue,
  newRunId,
  type OutcomeValue,
  type RunIdentity,
  runFrame,
  runInFrame,
  summarizeError,
  type TokenUsage,
  tapIteration,
  usageProblem,
  warnSafely,
  watchCall,
} from '@runtape/core'
import type { Clock } from './clock.ts'
import { trackDurationOf, trackMetricsOf, trackStreamMetricsOf } from './composites.ts'
import type { EventWriter } from './event-writer.ts'
import type { RunMetrics } from './run-metrics.ts'
import { RunScope, type ScopeResult } from './run-scope.ts'
import { isTaken, noSlots, type SingleMetric, type Slots, take } from './slots.ts'
import { type RunSummary, summarize } from './summary.ts'
import {
  copyFeedback,
  copyScore,
  copyUsage,
  type Feedback,
  feedbackProblem,
  type Score,
  scoreProblem,
  type ToolCall,
  timeProblem,
  toolCallProblem,
} from './values.ts'

/** What a warning calls each metric. */
const subjects: Record<SingleMetric, string> = {
  duration: 'duration',
  'time-to-first-token': 'time-to-first-token',
  tokens: 'token usage',
  outcome: 'success/error',
  feedback: 'feedback',
}

const methods: Record<SingleMetric, string> = {
  duration: 'trackDuration',
  'time-to-first-token': 'trackTimeToFirstToken',
  tokens: 'trackTokens',
  outcome: 'trackSuccess',
  feedback: 'trackFeedback',
}

/**
 * Records the metrics of one AI run, each at most once. Every method returns whether it recorded; a repeat and a
 * bad value are dropped with a warning, and a bad value leaves the metric free. Events of one tracker share its
 * `runId`; the store's identity `(runId, metric)` carries the guarantee across processes.
 *
 * @example
 * ```ts
 * import { createTracker } from '@runtape/tracker'
 *
 * const sink = { append: (event: unknown) => console.log(event), flush: async () => {}, close: async () => {} }
 * const tracker = createTracker({ sink, configKey: 'support-answer' })
 * tracker.trackDuration(120) // true
 * tracker.trackDuration(130) // false, with a warning
 * ```
 */
export class Tracker {
  readonly #identity: RunIdentity
  readonly #writer: EventWriter
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #values = new Map<Metric, MetricValue>()
  #slots: Slots = noSlots

  /** Use `createTracker` of an AI config, or this package's `createTracker`. */
  constructor(identity: RunIdentity, writer: EventWriter, logger: Logger, clock: Clock) {
    this.#identity = identity
    this.#writer = writer
    this.#logger = logger
    this.#clock = clock
  }

  get runId(): string {
    return this.#identity.runId
  }

  /** Names this run in another process; see `resumeTracker`. Not a secret, and not proof. */
  get resumptionToken(): string {
    return encodeResumptionToken(this.#identity)
  }

  /** What was recorded so far in this process: a copy. */
  getSummary(): RunSummary {
    return summarize(this.runId, this.#values)
  }

  /** @param durationMs How long the run took, in milliseconds. */
  trackDuration(durationMs: number): boolean {
    return this.#single('duration', 'trackDuration', durationMs, timeProblem)
  }

  /** @param ms From the request to the first token, in milliseconds. */
  trackTimeToFirstToken(ms: number): boolean {
    return this.#single('time-to-first-token', 'trackTimeToFirstToken', ms, timeProblem)
  }

  trackTokens(usage: TokenUsage): boolean {
    return this.#single('tokens', 'trackTokens', usage, usageProblem, copyUsage)
  }

  /** Shares its slot with `trackError`: the first of the two counts. */
  trackSuccess(): boolean {
    return this.#single('outcome', 'trackSuccess', { status: 'success' }, noProblem)
  }

  /** Shares its slot with `trackSuccess`. Keeps the error's name, message and HTTP status. */
  trackError(error?: unknown): boolean {
    return this.#single('outcome', 'trackError', outcomeOf(error), noProblem)
  }

  trackFeedback(feedback: Feedback): boolean {
    return this.#single('feedback', 'trackFeedback', feedback, feedbackProblem, copyFeedback)
  }

  /** One slot per `id`; without an `id` every call is a new one. */
  trackToolCall(call: ToolCall): boolean {
    const problem = toolCallProblem(call)
    if (problem !== undefined) return this.#refuse('trackToolCall', problem)
    const id = call.id ?? newRunId()
    return this.#named(`tool-call:${id}`, 'trackToolCall', `tool call "${id}"`, { name: call.name })
  }

  /** One slot per `name`. */
  trackScore(name: string, score: Score): boolean {
    const problem = scoreProblem(name, score)
    if (problem !== undefined) return this.#refuse('trackScore', problem)
    return this.#named(`score:${name}`, 'trackScore', `score "${name}"`, copyScore(score))
  }

  /** Runs `fn` and tracks how long it took, also when it throws. */
  trackDurationOf<T>(fn: () => T): T {
    return trackDurationOf(this, this.#clock, fn)
  }

  /**
   * Runs `fn` and tracks duration, outcome and tokens as `extract` reads them from the result. When `fn` throws:
   * duration and error, and the error goes on. When `extract` throws: a warning, and the result is still returned.
   * A repeat runs `fn` again and records only what is not recorded yet.
   */
  trackMetricsOf<T>(extract: (result: Awaited<T>) => RunMetrics, fn: () => T): T {
    return trackMetricsOf(this, this.#clock, this.#logger, extract, fn)
  }

  /**
   * Makes a stream and tracks time to first token, duration, outcome and tokens while it is read. The stream stays
   * the very same object; `extract` sees each chunk, and the last usage it finds counts.
   */
  trackStreamMetricsOf<TChunk, TStream extends AsyncIterable<TChunk>>(
    createStream: () => (TStream & AsyncIterable<TChunk>) | Promise<TStream & AsyncIterable<TChunk>>,
    extract: (chunk: TChunk) => RunMetrics | undefined,
  ): Promise<TStream> {
    return trackStreamMetricsOf(this, this.#clock, this.#logger, createStream, extract)
  }

  /**
   * Makes this tracker ambient: every instrumented provider call inside `fn` feeds it. An agent loop is one run:
   * its tokens are summed, its first token is the first call's, its duration spans the scope. They are recorded
   * once, when `fn` has settled and every provider call started in it has ended; each finished call is also kept at
   * once, so that a crash in the middle loses none that returned. The result of `fn` is passed on as it is.
   */
  run<T>(fn: () => T): T {
    const before = this.#slots
    const started = this.#clock.monotonic()
    const outer = currentFrame()
    const scope: RunScope = new RunScope(this.runId, {
      keepCall: (spanId, value) => inScope(() => this.#keepCall(spanId, value)),
      over: result => inScope(() => this.#scopeOver(result, started, before)),
      late: spanId => this.#warnLate(spanId),
    })
    const frame = runFrame(outer, scope)
    const inScope = <R>(step: () => R): R => runInFrame(frame, step)
    const fail = (error: unknown) => scope.settle(summarizeError(error))
    const settle = (value: unknown) => {
      if (!isIteration(value) || !isStepped(value)) return scope.settle()
      tapIteration(value, {
        step: inScope,
        chunk: () => {},
        end: how => (how.status === 'error' ? fail(how.error) : scope.settle()),
      })
    }
    return watchCall(() => inScope(fn), settle, fail)
  }

  #keepCall(spanId: string, value: CallValue): void {
    this.#writer.write(`call:${spanId}`, value)
  }

  #scopeOver({ error, usage, timeToFirstTokenMs }: ScopeResult, started: number, before: Slots): void {
    const outcome: OutcomeValue = error ? { status: 'error', error } : { status: 'success' }
    this.#atScopeEnd('duration', this.#clock.monotonic() - started, before)
    if (timeToFirstTokenMs !== undefined) this.#atScopeEnd('time-to-first-token', timeToFirstTokenMs, before)
    if (usage) this.#atScopeEnd('tokens', usage, before)
    this.#atScopeEnd('outcome', outcome, before)
  }

  // What the code inside tracked itself stands, without a word. What was taken before it began is a repeat.
  #atScopeEnd(metric: SingleMetric, value: MetricValue, before: Slots): void {
    if (isTaken(before, metric)) this.#warnRepeat(methods[metric], subjects[metric])
    else if (!isTaken(this.#slots, metric)) this.#record(metric, value)
  }

  #single<V extends MetricValue>(
    metric: SingleMetric,
    method: string,
    value: V,
    problemOf: (value: V) => string | undefined,
    copy?: (value: V) => V,
  ): boolean {
    if (isTaken(this.#slots, metric)) return this.#warnRepeat(method, subjects[metric])
    const problem = problemOf(value)
    if (problem !== undefined) return this.#refuse(method, problem)
    return this.#record(metric, copy ? copy(value) : value)
  }

  #record(metric: SingleMetric, value: MetricValue): boolean {
    if (!this.#write(metric, value)) return false
    this.#slots = take(this.#slots, metric)
    return true
  }

  #named(metric: Metric, method: string, subject: string, value: MetricValue): boolean {
    if (this.#values.has(metric)) return this.#warnRepeat(method, subject)
    return this.#write(metric, value)
  }

  #write(metric: Metric, value: MetricValue): boolean {
    if (!this.#writer.write(metric, value)) return false
    this.#values.set(metric, value)
    return true
  }

  #warnRepeat(method: string, subject: string): false {
    const advice = 'Call createTracker on the AI Config for a new run.'
    warnSafely(this.#logger, `Skipping ${method}: ${subject} already recorded on this tracker. ${advice}`)
    return false
  }

  #refuse(method: string, problem: string): false {
    warnSafely(
      this.#logger,
      `Skipping ${method}: ${problem}. Nothing was recorded; the metric is still free.`,
    )
    return false
  }

  #warnLate(spanId: string): void {
    warnSafely(
      this.#logger,
      `Provider call ${spanId} started after tracker.run had ended. It is kept, but is not part of the run's tokens. Await it inside tracker.run.`,
    )
  }
}

const noProblem = () => undefined

function outcomeOf(error: unknown): OutcomeValue {
  return error === undefined ? { status: 'error' } : { status: 'error', error: summarizeError(error) }
}

// Generators run their code while they are read, so a scope that makes one lasts until it was.
const isStepped = (value: object): boolean => isGenerator(value) || 'next' in value
