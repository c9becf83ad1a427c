import type { TokenUsage } from '@runtape/core'
import type { TestRunSummary, Verdict } from '@runtape/core/store'
import { BaselineTally } from './baseline/baseline-tally.ts'
import type { BaselineSummary, ItemBaseline } from './baseline/item-baseline.ts'
import type { ItemCost, ItemDelta } from './compare/item-delta.ts'
import { type ItemOutcome, wasStopped } from './compare/item-outcome.ts'
import type { TraceDiff } from './compare/trace-diff.ts'
import type { EvaluatorScore } from './evaluators/evaluator.ts'
import type { Spread } from './evaluators/spread.ts'
import { type EvaluatorSummary, ScoreTally } from './evaluators/summarize-scores.ts'
import { isUnreached, type MustRunResult } from './limits/must-run-result.ts'
import type { Spending } from './limits/spending.ts'
import type { MockReport } from './match/mock-report.ts'
import type { OutsideCall } from './outside/outside-call.ts'
import type { ReplayedCohort } from './select/cohort-sources.ts'

/** The result of a replayed function: promises are awaited, streams are read as far as in the recording. */
export type ReplayResult<T> =
  Awaited<T> extends AsyncIterable<infer C> | Generator<infer C>
    ? { readonly chunks: readonly C[]; readonly returned: unknown }
    : Awaited<T>

/** One replayed trace: the recording and the current result of the code. */
export interface ReplayItem<TInput = readonly unknown[], TResult = unknown> {
  readonly sourceTraceId: string
  /** The recorded call in the middle of the trace that was replayed, if not the whole trace. */
  readonly sourceSpanId?: string
  /** The recorded arguments. */
  readonly input: TInput
  /** The arguments of the call, if `adaptInputs` made them. */
  readonly given?: readonly unknown[]
  /** The current output; `{ chunks, returned }` for streams. Undefined if it failed. */
  readonly result: TResult | undefined
  /** The recorded output; undefined if it is not on the tape. */
  readonly originalOutput: TResult | undefined
  /** The output that a reviewer expects. Absent if there is none. */
  readonly expected?: TResult
  /** Why the item failed: the error of the code, or why the trace could not be replayed. */
  readonly error: string | null
  /** The thrown value itself. */
  readonly thrown?: unknown
  /** The recorded error, if the recording ended with one. */
  readonly originalError: string | null
  /**
   * How it compares to its recording. `same`: it ended with an equal output, or an equal error (including fields and causes,
   * without the stack). `changed`: it ended differently. `unknown`: the readable parts are equal, but not everything can be read.
   * `failed`: it threw an unrecorded error, it did not run, or a call was neither answered nor run, even if the code caught that.
   * For several attempts: the worst.
   */
  readonly outcome: ItemOutcome
  /**
   * Why the outcome is `unknown` or `failed`; for `changed` set if another kind of result was returned, such as a promise instead
   * of a value.
   */
  readonly reason?: string
  /** A suggestion for `changed` or `failed` items whose code waited for timers. */
  readonly hint?: string
  /** Paths in both results that cannot be compared, each with the reason: `$.price: an instance of Money`. */
  readonly unread?: readonly string[]
  /** Whether the outcome is `same`. */
  readonly same: boolean
  /** Of the recording, in milliseconds. */
  readonly durationMs: number | null
  /** Of the recording. */
  readonly tokens: TokenUsage | null
  /** Of the recording: the model of the first model call. */
  readonly model: string | null
  /** The trace id of the replay in the store; null if it was not kept. */
  readonly traceId: string | null
  /** Of the replay. */
  readonly replay: { readonly durationMs: number | null; readonly tokens: TokenUsage | null }
  /** By evaluator; for several attempts the mean. */
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  /** Why an evaluator returned no score. */
  readonly scoreErrors?: Readonly<Record<string, string>>
  readonly mocks: MockReport
  /** Number of calls whose real code ran, by key, including the replayed function; absent if its code did not run. */
  readonly ran?: Readonly<Record<string, number>>
  /** How much more the replay used than the recording. */
  readonly delta?: ItemDelta
  /** If `prices` were given. */
  readonly cost?: ItemCost
  /** How the calls differ from the recorded ones. */
  readonly diff?: TraceDiff
  /** For several attempts: all of them. The item's own fields are those of the first, except its scores. */
  readonly attempts?: readonly ReplayAttempt<TResult>[]
  /** For several attempts: the variance of the scores, by evaluator. */
  readonly spread?: Readonly<Record<string, Spread>>
  /**
   * Deviations after the item had ended: uncaught errors, which fail nothing, and mocked calls that are not on the tape, which
   * fail the item.
   */
  readonly lateErrors?: readonly string[]
  /** The same item with the code before the change, if `baseline` was given. */
  readonly baseline?: ItemBaseline
  /** A person's verdict on it. */
  readonly verdict?: Verdict
}

/** One of several replays of the same trace. */
export type ReplayAttempt<TResult = unknown> = Pick<
  ReplayItem<readonly unknown[], TResult>,
  | 'result'
  | 'error'
  | 'thrown'
  | 'outcome'
  | 'reason'
  | 'unread'
  | 'same'
  | 'traceId'
  | 'replay'
  | 'scores'
  | 'scoreErrors'
  | 'mocks'
  | 'ran'
  | 'delta'
  | 'baseline'
>

/** Sums over the items of a replay. */
export interface ReplaySummary extends Omit<TestRunSummary, 'scores'> {
  /** By evaluator. */
  readonly scores: Readonly<Record<string, EvaluatorSummary>>
  /** Comparison with the code before the change; absent without `baseline`. */
  readonly baseline?: BaselineSummary
  /** By key of `mustRun`; absent without it. */
  readonly mustRun?: Readonly<Record<string, MustRunResult>>
}

export interface ReplayReport<TInput = readonly unknown[], TResult = unknown> {
  readonly testRunId: string
  readonly testRunUrl: string | null
  /** The replayed cohort. */
  readonly cohort?: ReplayedCohort
  /** In the order of the traces. */
  readonly items: readonly ReplayItem<TInput, TResult>[]
  readonly summary: ReplaySummary
  /** `interrupted` if the replay was stopped: the items are those that had started. */
  readonly status: 'completed' | 'interrupted'
  /**
   * Calls of `mockOnReplay` functions and instrumented clients that were made while the replay ran, but outside the replayed
   * traces: by an earlier queue, listener, worker or server, or by real traffic.
   */
  readonly outside: readonly OutsideCall[]
  /** Cost of the live calls; absent without `prices`. */
  readonly spending?: Spending
}

/** Results that do not belong to an item. */
interface Beside {
  readonly outside?: readonly OutsideCall[]
  readonly mustRun?: Readonly<Record<string, MustRunResult>> | undefined
  /** Whether the code before the change was to be replayed too. */
  readonly hasBaseline?: boolean
  /** Whether `maxCostUsd` ended the replay early. */
  readonly isCutShort?: boolean
}

type Counts = {
  -readonly [Name in keyof Omit<
    ReplaySummary,
    'scores' | 'pass' | 'notRun' | 'unlikeThis' | 'mustRun' | 'baseline'
  >]: number
}

/** Sums up items one by one, so that they need not be kept. */
export class SummaryTally {
  readonly #scores = new ScoreTally()
  readonly #baseline = new BaselineTally()
  #speaksAgainst = 0
  #unlikeThis = 0
  readonly #counts: Counts = {
    total: 0,
    completed: 0,
    failed: 0,
    same: 0,
    changed: 0,
    unknown: 0,
    served: 0,
    drifted: 0,
    missed: 0,
    unused: 0,
    overridden: 0,
    unknownInputs: 0,
  }

  add(item: ReplayItem): void {
    const { outcome } = item
    const counts = this.#counts
    counts.total++
    counts[item.error === null && outcome !== 'failed' ? 'completed' : 'failed']++
    if (outcome !== 'failed') counts[outcome]++
    if (outcome === 'failed' || endedEarly(item)) this.#speaksAgainst++
    for (const list of mockLists) counts[list] += item.mocks[list].length
    counts.unknownInputs += item.mocks.served.filter(call => call.unknownInput !== undefined).length
    for (const list of ['served', 'drifted'] as const)
      for (const { unlikeThis } of item.mocks[list]) if (unlikeThis) this.#unlikeThis++
    this.#scores.add(item)
    this.#baseline.add(item)
  }

  /** Counts an item that was added as failed: this many of its calls had missed when it ended. */
  failLate({ outcome, error }: Pick<ReplayItem, 'outcome' | 'error'>, missed: number): void {
    const counts = this.#counts
    counts.missed += missed
    if (outcome === 'failed') return
    counts[outcome]--
    if (error === null) counts.completed--
    if (error === null) counts.failed++
    this.#speaksAgainst++
  }

  summary(
    notRun = 0,
    thresholds?: Readonly<Record<string, number>>,
    { outside = [], mustRun, hasBaseline = false, isCutShort = false }: Beside = {},
  ): ReplaySummary {
    const scores = this.#scores.summary(thresholds)
    const isWhole = notRun === 0 && !isCutShort && !outside.some(({ refused }) => refused)
    const isReached = !Object.values(mustRun ?? {}).some(isUnreached)
    const pass =
      isWhole && isReached && this.#speaksAgainst === 0 && Object.values(scores).every(each => each.pass)
    const unlikeThis = this.#unlikeThis
    return {
      ...this.#counts,
      ...(unlikeThis > 0 && { unlikeThis }),
      total: this.#counts.total + notRun,
      notRun,
      scores,
      ...(hasBaseline && { baseline: this.#baseline.summary() }),
      ...(mustRun && { mustRun }),
      pass,
    }
  }
}

const endedEarly = ({ attempts, thrown }: ReplayItem): boolean =>
  attempts ? attempts.some(each => wasStopped(each.thrown)) : wasStopped(thrown)

const mockLists = ['served', 'drifted', 'missed', 'unused', 'overridden'] as const
