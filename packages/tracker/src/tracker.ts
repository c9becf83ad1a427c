import {
  encodeResumptionToken,
  type Logger,
  type Metric,
  type MetricValue,
  type RunIdentity,
  type TokenUsage,
} from '@runtape/core'
import {
  type ActiveReplay,
  messageOf,
  newRunId,
  type TokenMembers,
  usageProblem,
  warnSafely,
  watchCall,
} from '@runtape/core/internal'
import type { Clock } from './clock.ts'
import { trackDurationOf, trackMetricsOf, trackStreamMetricsOf } from './composites.ts'
import type { EventWriter } from './event-writer.ts'
import { requireFunction } from './require-function.ts'
import type { RunMetrics } from './run-metrics.ts'
import { enterScopeOf, type OpenScope, openScope, type ScopeResult } from './run-scope.ts'
import {
  openScopeOf,
  type RunState,
  RunStates,
  type RunSummary,
  summarize,
  usageOfScopes,
} from './run-state.ts'
import {
  failedWith,
  type MetricRules,
  outcomeMethods,
  type SingleValues,
  singleMetrics,
} from './single-metrics.ts'
import { isTaken, release, type SingleMetric, type Slots, take } from './slots.ts'
import {
  copyScore,
  copyToolCall,
  type Feedback,
  type Score,
  scoreNameProblem,
  scoreProblem,
  type ToolCall,
  timeProblem,
  toolCallProblem,
} from './values.ts'
import { lateCall, refusal, refusedPart, repeat } from './warnings.ts'

/** What a tracker works with. */
interface TrackerParts {
  readonly writer: EventWriter
  readonly logger: Logger
  readonly clock: Clock
  /** Whether an AI config created it. */
  readonly fromConfig: boolean
}

/**
 * Records the metrics of one AI run, each at most once. Every method returns whether it recorded; repeats and bad values are
 * dropped with a warning. After a bad value or an error of the sink, the metric can still be recorded. Values, sinks and loggers
 * never make a method throw. Events of one tracker share its `runId`; the store's identity `(runId, metric)` extends the
 * guarantee across processes. Inside a replay a tracker's events go to the replay's sink and take separate slots.
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
  readonly #tokenMembers: TokenMembers | undefined
  readonly #writer: EventWriter
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #states: RunStates
  readonly #fromConfig: boolean

  /** Use `createTracker` of an AI config, or this package's `createTracker`. */
  constructor(
    { identity, more }: { readonly identity: RunIdentity; readonly more?: TokenMembers | undefined },
    { writer, logger, clock, fromConfig }: TrackerParts,
    bornIn: ActiveReplay | undefined,
  ) {
    this.#identity = identity
    this.#tokenMembers = more
    this.#writer = writer
    this.#logger = logger
    this.#clock = clock
    this.#fromConfig = fromConfig
    this.#states = new RunStates(bornIn)
  }

  get runId(): string {
    return this.#identity.runId
  }

  /**
   * Identifies this run in another process; see `resumeTracker`. Not a secret, and not a proof.
   *
   * @throws {InvalidTokenError} if it could not be decoded: with the run's ids it is longer than 8 KiB
   */
  get resumptionToken(): string {
    return encodeResumptionToken(this.#identity, this.#tokenMembers)
  }

  /** A copy of what was recorded so far in this process. */
  getSummary(): RunSummary {
    return summarize(this.runId, this.#states.current())
  }

  /** @param durationMs Duration of the run, in milliseconds. */
  trackDuration(durationMs: number): boolean {
    return this.#single('duration', 'trackDuration', durationMs)
  }

  /** @param ms From the request to the first token, in milliseconds. */
  trackTimeToFirstToken(ms: number): boolean {
    return this.#single('time-to-first-token', 'trackTimeToFirstToken', ms)
  }

  trackTokens(usage: TokenUsage): boolean {
    return this.#single('tokens', 'trackTokens', usage)
  }

  /** Shares its slot with `trackError` and `trackCancelled`: the first of them counts. */
  trackSuccess(): boolean {
    return this.#single('outcome', 'trackSuccess', { status: 'success' })
  }

  /** Shares its slot with `trackSuccess` and `trackCancelled`. Keeps the error's name, message and HTTP status. */
  trackError(error?: unknown): boolean {
    return this.#single('outcome', 'trackError', failedWith(error))
  }

  /** The run was cancelled: its consumer stopped early. Shares its slot with `trackSuccess` and `trackError`. */
  trackCancelled(): boolean {
    return this.#single('outcome', 'trackCancelled', { status: 'cancelled' })
  }

  trackFeedback(feedback: Feedback): boolean {
    return this.#single('feedback', 'trackFeedback', feedback)
  }

  /** One slot per `id`; without an `id`, or with an empty one, every call is new. */
  trackToolCall(call: ToolCall): boolean {
    const own = this.#own('trackToolCall', call, { copy: copyToolCall, problemOf: toolCallProblem })
    if (own === undefined) return false
    const { id = newRunId(), name } = own
    return this.#named(`tool-call:${id}`, 'trackToolCall', `tool call "${id}"`, { name })
  }

  /** One slot per `name`. */
  trackScore(name: string, score: Score): boolean {
    const problem = scoreNameProblem(name)
    if (problem !== undefined) return this.#refuse('trackScore', problem)
    const own = this.#own('trackScore', score, { copy: copyScore, problemOf: scoreProblem })
    return own !== undefined && this.#named(`score:${name}`, 'trackScore', `score "${name}"`, own)
  }

  /**
   * Runs `fn` and tracks its duration, even if it throws. A lazy promise (that of the `openai` client) is timed when it is
   * awaited.
   */
  trackDurationOf<T>(fn: () => T): T {
    requireFunction('trackDurationOf', fn)
    return trackDurationOf(this, this.#clock, fn)
  }

  /**
   * Runs `fn` and tracks duration, outcome and tokens as `extract` reads them from the result. If `fn` throws, records duration
   * and error, and rethrows. If `extract` throws, warns and still returns the result. A repeat runs `fn` again and records only
   * what is not yet recorded.
   */
  trackMetricsOf<T>(extract: (result: Awaited<T>) => RunMetrics | undefined, fn: () => T): T {
    requireFunction('trackMetricsOf', fn)
    return trackMetricsOf(this.#tracking(), extract, fn)
  }

  /**
   * Creates a stream and tracks time to first token, duration, outcome and tokens while it is read. The stream keeps its
   * identity; `extract` sees each chunk, and the last usage it finds counts. A reader that stops early makes the run `cancelled`.
   * If a stream is never read to its end, only what was seen is recorded, after it has been garbage-collected.
   */
  trackStreamMetricsOf<TChunk, TStream extends AsyncIterable<TChunk>>(
    createStream: () => (TStream & AsyncIterable<TChunk>) | Promise<TStream & AsyncIterable<TChunk>>,
    extract: (chunk: TChunk) => RunMetrics | undefined,
  ): Promise<TStream> {
    requireFunction('trackStreamMetricsOf', createStream)
    return trackStreamMetricsOf(this.#tracking(), createStream, extract)
  }

  /**
   * Makes this tracker ambient: every instrumented provider call inside `fn` feeds it. An agent loop is one run: its tokens are
   * summed, its first token is the first call's, its duration spans the scope. They are recorded once, when `fn` has settled and
   * every provider call started in it has ended. Each finished call is also recorded immediately, so that a crash in the middle
   * loses none. If `fn` returns something to be read later (a web or Node stream, an async iterable, a `Response`, a result of
   * the AI SDK, or an object with such members), the run stays open until it has been read, cancelled or garbage-collected. The
   * code that produces its chunks runs inside the scope. If it ends normally although its last provider call failed, the outcome
   * is that error. Metrics that the code inside tracks itself are kept. A nested `run` of the same tracker is part of the outer
   * one. If two runs overlap otherwise, their tokens are summed when both are over; for the other metrics the first to end
   * counts. The result of `fn` is returned unchanged; a lazy promise counts when it is awaited.
   *
   * @example
   * ```ts
   * import { createTracker } from '@runtape/tracker'
   *
   * const sink = { append: (event: unknown) => console.log(event), flush: async () => {}, close: async () => {} }
   * const tracker = createTracker({ sink, configKey: 'support-answer' })
   * const answer = await tracker.run(async () => 'Hello') // records duration and success
   * ```
   */
  run<T>(fn: () => T): T {
    requireFunction('tracker.run', fn)
    const enter = enterScopeOf(this)
    if (enter) return enter(fn)
    const scope = this.#openScope(this.#states.current())
    return watchCall(() => scope.inside(fn), scope.settled, scope.failed, scope.inside)
  }

  #tracking() {
    return { tracker: this, clock: this.#clock, logger: this.#logger }
  }

  #openScope(state: RunState): OpenScope {
    const before = state.slots
    const scope = openScopeOf(state)
    return openScope(this.runId, this, this.#clock, {
      sink: state.replay?.sink ?? this.#writer.sink,
      // Tokens replace no calls that no scope has summed.
      keepCall: (spanId, value, isLate) =>
        void this.#writer.write(state.replay, `call:${spanId}`, value, isLate ? spanId : scope),
      over: result => this.#scopeOver(state, result, before),
      late: spanId => this.#warn(lateCall(spanId)),
      refused: (spanId, problem) => this.#warn(refusedPart(spanId, problem)),
    })
  }

  #scopeOver(state: RunState, result: ScopeResult, before: Slots): void {
    const { durationMs, timeToFirstTokenMs, outcome } = result
    const usage = usageOfScopes(state, result.usage)
    // A slot taken by another scope of this tracker meanwhile is a repeat, like one taken earlier.
    const repeats = before | state.takenByScopes
    const add = (metric: SingleMetric, method: string, value: MetricValue | undefined, problem?: string) => {
      if (value === undefined) return
      if (isTaken(repeats, metric)) this.#warnRepeat(method, singleMetrics[metric].subject)
      else if (isTaken(state.slots, metric)) return
      else if (problem !== undefined) this.#refuse(method, problem)
      else if (this.#record(state, metric, value)) state.takenByScopes = take(state.takenByScopes, metric)
    }
    add('duration', 'trackDuration', durationMs, timeProblem(durationMs))
    add('time-to-first-token', 'trackTimeToFirstToken', timeToFirstTokenMs)
    add('tokens', 'trackTokens', usage, usage && usageProblem(usage))
    add('outcome', outcomeMethods[outcome?.status ?? 'success'], outcome)
  }

  #single<M extends SingleMetric>(metric: M, method: string, value: SingleValues[M]): boolean {
    const state = this.#states.current()
    const rules = singleMetrics[metric]
    if (isTaken(state.slots, metric)) return this.#warnRepeat(method, rules.subject)
    const own = this.#own(method, value, rules)
    return own !== undefined && this.#record(state, metric, own)
  }

  /** A checked copy of the caller's value; nothing, with a warning, if it cannot be recorded. */
  #own<V>(
    method: string,
    value: V,
    { copy, problemOf, advice }: Omit<MetricRules<V>, 'subject'>,
  ): V | undefined {
    let problem: string | undefined
    try {
      const own = copy(value)
      problem = problemOf(own)
      if (problem === undefined) return own
      problem += advice?.(value) ?? ''
    } catch (error) {
      problem = `its value cannot be read: ${messageOf(error)}`
    }
    this.#refuse(method, problem)
    return undefined
  }

  // Marked before the sink sees it: a sink may call back.
  #record(state: RunState, metric: SingleMetric, value: MetricValue): boolean {
    state.slots = take(state.slots, metric)
    state.single[metric] = value
    const scope = metric === 'tokens' ? state.scope : undefined
    if (this.#writer.write(state.replay, metric, value, scope)) return true
    state.slots = release(state.slots, metric)
    state.single[metric] = undefined
    return false
  }

  #named(metric: Metric, method: string, subject: string, value: MetricValue): boolean {
    const state = this.#states.current()
    state.named ??= new Map()
    if (state.named.has(metric)) return this.#warnRepeat(method, subject)
    state.named.set(metric, value)
    if (this.#writer.write(state.replay, metric, value)) return true
    state.named.delete(metric)
    return false
  }

  #warnRepeat(method: string, subject: string): false {
    this.#warn(repeat(method, subject, this.#fromConfig))
    return false
  }

  #refuse(method: string, problem: string): false {
    this.#warn(refusal(method, problem))
    return false
  }

  #warn(message: string): void {
    warnSafely(this.#logger, message)
  }
}
