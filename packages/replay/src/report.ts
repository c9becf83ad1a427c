import type { TokenUsage, Verdict } from '@runtape/core'
import type { ItemCost, ItemDelta } from './compare/item-delta.ts'
import type { TraceDiff } from './compare/trace-diff.ts'
import type { EvaluatorScore } from './evaluators/evaluator.ts'
import type { Spread } from './evaluators/spread.ts'
import { type EvaluatorSummary, ScoreTally } from './evaluators/summarize-scores.ts'
import type { MockReport } from './match/mock-report.ts'

/** What a replayed function gave: promises are awaited, streams are read as far as they were when recorded. */
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
   * Whether it ended as its recording did: with an equal output, or with an equal error (its own fields and its causes
   * too, the stack left out). False where the code did not run, and where both outputs were too large to keep, so that
   * nobody knows. Of several attempts: whether all of them did.
   */
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
  /** What a person said about it. */
  readonly verdict?: Verdict
}

/** One of several replays of the same trace. */
export type ReplayAttempt<TResult = unknown> = Pick<
  ReplayItem<readonly unknown[], TResult>,
  'result' | 'error' | 'thrown' | 'same' | 'traceId' | 'replay' | 'scores' | 'scoreErrors' | 'mocks' | 'delta'
>

export interface ReplaySummary {
  /** Traces that were chosen. */
  readonly total: number
  /** Items whose code ran and returned. */
  readonly completed: number
  /** The others: the code threw, or did not run. */
  readonly failed: number
  /** Items that ended as their recording did: with an equal output, or with an equal error. */
  readonly same: number
  /** Completed items that did not. */
  readonly changed: number
  readonly served: number
  readonly drifted: number
  readonly missed: number
  readonly unused: number
  readonly overridden: number
  /** Traces that were not replayed, because the replay was stopped before. */
  readonly notRun: number
  /** By evaluator. */
  readonly scores: Readonly<Record<string, EvaluatorSummary>>
  /**
   * Whether nothing speaks against the code: every evaluator passes, no item failed whose recording did not fail in the
   * same way, and none was left out.
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
}

type Counts = { -readonly [Name in keyof Omit<ReplaySummary, 'scores' | 'pass' | 'notRun'>]: number }

/** Sums items up one by one, so that they need not be kept. */
export class SummaryTally {
  readonly #scores = new ScoreTally()
  #regressed = 0
  readonly #counts: Counts = {
    total: 0,
    completed: 0,
    failed: 0,
    same: 0,
    changed: 0,
    served: 0,
    drifted: 0,
    missed: 0,
    unused: 0,
    overridden: 0,
  }

  add(item: ReplayItem): void {
    const { same } = item
    const counts = this.#counts
    const isCompleted = item.error === null
    counts.total++
    counts[isCompleted ? 'completed' : 'failed']++
    if (same) counts.same++
    else if (isCompleted) counts.changed++
    else this.#regressed++
    for (const list of mockLists) counts[list] += item.mocks[list].length
    this.#scores.add(item)
  }

  summary(notRun = 0, thresholds?: Readonly<Record<string, number>>): ReplaySummary {
    const scores = this.#scores.summary(thresholds)
    const pass = notRun === 0 && this.#regressed === 0 && Object.values(scores).every(each => each.pass)
    return { ...this.#counts, total: this.#counts.total + notRun, notRun, scores, pass }
  }
}

const mockLists = ['served', 'drifted', 'missed', 'unused', 'overridden'] as const
