import type { TokenUsage, Verdict } from '@runtape/core'
import type { ItemCost, ItemDelta } from './compare/item-delta.ts'
import { type ItemOutcome, wasStopped } from './compare/item-outcome.ts'
import type { TraceDiff } from './compare/trace-diff.ts'
import type { EvaluatorScore } from './evaluators/evaluator.ts'
import type { Spread } from './evaluators/spread.ts'
import { type EvaluatorSummary, ScoreTally } from './evaluators/summarize-scores.ts'
import type { MockReport } from './match/mock-report.ts'
import type { OutsideCall } from './outside/outside-call.ts'

/** The result of a replayed function: promises are awaited, streams are read up to where they were read when recorded. */
export type ReplayResult<T> =
  Awaited<T> extends AsyncIterable<infer C> | Generator<infer C>
    ? { readonly chunks: readonly C[]; readonly returned: unknown }
    : Awaited<T>

/** One replayed trace: the recording beside what the code does now. */
export interface ReplayItem<TInput = readonly unknown[], TResult = unknown> {
  readonly sourceTraceId: string
  /** The recorded call in the middle of that trace that was replayed, where it was not the whole of it. */
  readonly sourceSpanId?: string
  /** The recorded arguments. */
  readonly input: TInput
  /** The arguments that the code was called with, where `adaptInputs` made them. */
  readonly given?: readonly unknown[]
  /** What the code gave now; for streams `{ chunks, returned }`. Undefined when it failed. */
  readonly result: TResult | undefined
  /** What it gave when it was recorded; undefined when that is not on the tape. */
  readonly originalOutput: TResult | undefined
  /** Why the item failed: what the code threw, or why the trace could not be replayed. */
  readonly error: string | null
  /** The thrown value itself. */
  readonly thrown?: unknown
  /** The error that was recorded, if the recording ended in one. */
  readonly originalError: string | null
  /**
   * How it stands to its recording. `same`: it ended with an equal output, or with an equal error (its fields and causes
   * too, without the stack). `changed`: it ended otherwise. `unknown`: what could be read is equal, and not all could be
   * read. `failed`: it threw what the recording did not throw, it did not run, or a call was neither answered nor run, also
   * where the code caught that. Of several attempts: the worst.
   */
  readonly outcome: ItemOutcome
  /** Why the outcome is `unknown` or `failed`; of `changed` where it returned a promise in place of a value, or the like. */
  readonly reason?: string
  /** What to try where it is `changed` or `failed`, and its code waited for timers. */
  readonly hint?: string
  /** Places of what both gave that cannot be compared, each with the reason: `$.price: an instance of Money`. */
  readonly unread?: readonly string[]
  /** Whether the outcome is `same`. */
  readonly same: boolean
  /** Of the recording, in milliseconds. */
  readonly durationMs: number | null
  /** Of the recording. */
  readonly tokens: TokenUsage | null
  /** Of the recording: the first model that was called. */
  readonly model: string | null
  /** The trace that the replay made, as the store knows it; null when it was not kept. */
  readonly traceId: string | null
  /** Of the replay. */
  readonly replay: { readonly durationMs: number | null; readonly tokens: TokenUsage | null }
  /** By evaluator; of several attempts the mean. */
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  /** Why an evaluator gave no score. */
  readonly scoreErrors?: Readonly<Record<string, string>>
  readonly mocks: MockReport
  /** How much more the replay took than the recording. */
  readonly delta?: ItemDelta
  /** Where `prices` were given. */
  readonly cost?: ItemCost
  /** In what the calls differ from the recorded ones. */
  readonly diff?: TraceDiff
  /** Of several attempts: each of them; what the item itself says is of the first, except for its scores. */
  readonly attempts?: readonly ReplayAttempt<TResult>[]
  /** Of several attempts: how far the scores lie apart, by evaluator. */
  readonly spread?: Readonly<Record<string, Spread>>
  /**
   * What the item's code did after the item had ended that is not as it was recorded: errors that nothing catches, which fail
   * nothing, and calls that must be answered from the tape and are not on it, which fail the item.
   */
  readonly lateErrors?: readonly string[]
  /** What a person said about it. */
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
  | 'delta'
>

export interface ReplaySummary {
  /** Traces that were chosen. */
  readonly total: number
  /** Items whose code ran and returned, with every call answered. */
  readonly completed: number
  /** The others: the code threw, or did not run, or a call was not answered. */
  readonly failed: number
  /** Items of the outcome `same`: with an equal output, or with an equal error. */
  readonly same: number
  /** Items of the outcome `changed`. */
  readonly changed: number
  /** Items of the outcome `unknown`. */
  readonly unknown: number
  readonly served: number
  readonly drifted: number
  readonly missed: number
  readonly unused: number
  readonly overridden: number
  /** Of those served: calls whose input could not be compared with the recorded one. */
  readonly unknownInputs: number
  /** Of those answered: methods whose `this` is unlike the recorded one. See `MockedCall.unlikeThis`; absent where there are none. */
  readonly unlikeThis?: number
  /** Traces that were not replayed, because the replay was stopped before. */
  readonly notRun: number
  /** By evaluator. */
  readonly scores: Readonly<Record<string, EvaluatorSummary>>
  /**
   * Whether no item has the outcome `failed`, every evaluator passes, every trace was replayed to its end, and no
   * call outside of the replayed traces was refused. An evaluator
   * that could not judge an item does not pass: so with `sameOutput()` no item may be `unknown`. The exit code of the
   * command, `assessReport` and `replayTest` go by it.
   */
  readonly pass: boolean
}

export interface ReplayReport<TInput = readonly unknown[], TResult = unknown> {
  readonly testRunId: string
  readonly testRunUrl: string | null
  /** In the order of the traces. */
  readonly items: readonly ReplayItem<TInput, TResult>[]
  readonly summary: ReplaySummary
  /** `interrupted` when the replay was stopped: the items are those that had begun. */
  readonly status: 'completed' | 'interrupted'
  /**
   * Calls of `mockOnReplay` functions and of instrumented clients that were made while the replay ran, outside of the
   * replayed traces: by a queue, a listener, a worker or a server that was there before, or by real traffic.
   */
  readonly outside: readonly OutsideCall[]
}

type Counts = {
  -readonly [Name in keyof Omit<ReplaySummary, 'scores' | 'pass' | 'notRun' | 'unlikeThis'>]: number
}

/** Sums items up one by one, so that they need not be kept. */
export class SummaryTally {
  readonly #scores = new ScoreTally()
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
  }

  /** Takes an item that was added for a failed one: so many of its calls were missed when it had ended. */
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
    outside: readonly OutsideCall[] = [],
  ): ReplaySummary {
    const scores = this.#scores.summary(thresholds)
    const isWhole = notRun === 0 && !outside.some(({ refused }) => refused)
    const pass = isWhole && this.#speaksAgainst === 0 && Object.values(scores).every(each => each.pass)
    const unlikeThis = this.#unlikeThis
    return {
      ...this.#counts,
      ...(unlikeThis > 0 && { unlikeThis }),
      total: this.#counts.total + notRun,
      notRun,
      scores,
      pass,
    }
  }
}

const endedEarly = ({ attempts, thrown }: ReplayItem): boolean =>
  attempts ? attempts.some(each => wasStopped(each.thrown)) : wasStopped(thrown)

const mockLists = ['served', 'drifted', 'missed', 'unused', 'overridden'] as const
