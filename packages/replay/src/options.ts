import type {
  CodeChangeFile,
  FeedbackValue,
  Logger,
  OutcomeValue,
  PriceList,
  SpanStatus,
  Store,
  Trace,
} from '@runtape/core'
import type { Evaluator } from './evaluators/evaluator.ts'
import type { Overrides } from './match/override.ts'
import type { MockPolicy, MockStrategy } from './match/policy.ts'
import type { GuardNetwork } from './network/guard-network.ts'
import type { OutsideOption } from './outside/outside-call.ts'
import type { ReplayItem } from './report.ts'
import type { ReplaySource } from './select/source.ts'

/** Which recorded traces to replay, besides those of the function's key. */
export interface ReplayWhere {
  readonly feedback?: FeedbackValue['kind']
  readonly outcome?: OutcomeValue['status']
  readonly status?: SpanStatus
  readonly runId?: string
  readonly sessionId?: string
  readonly tag?: string
  readonly minDurationMs?: number
  /** A time, or how long ago: `30m`, `12h`, `7d`, `2w`. */
  readonly since?: Date | number | string
  readonly until?: Date | number | string
}

/**
 * When mocked calls end: in the recorded order, as soon as what the recording had before it is there; or no sooner than
 * when they ended in the recording.
 */
export type MockTiming = 'immediate' | 'recorded'

/** Makes the arguments of now from the recorded ones, for a function that takes others than it did. */
export type AdaptInputs = (
  input: readonly unknown[],
  recording: Trace,
) => readonly unknown[] | Promise<readonly unknown[]>

export interface ReplayProgress {
  readonly done: number
  readonly total: number
  /** The item that was finished. */
  readonly item: ReplayItem
}

/** An item that is to be replayed somewhere else. */
export interface IsolatedItem {
  readonly source: ReplaySource
  /** The test run that its records must name. */
  readonly testRunId: string
  /** How many items are not begun yet. */
  readonly left: number
  readonly itemTimeoutMs: number | undefined
  /** Aborts when the whole replay is stopped. */
  readonly signal: AbortSignal
}

/** `TInput` and `TResult` are the arguments and the result of the replayed function. */
export interface ReplayOptions<TInput = readonly unknown[], TResult = unknown> {
  readonly store: Store
  readonly where?: ReplayWhere
  /** How many traces, newest first. Not together with `traceIds`. Default: 5. */
  readonly limit?: number
  /** Just these traces, 1 to 100. */
  readonly traceIds?: readonly string[]
  /** Calls in the middle of traces, each with all that is under it, 1 to 100. They must be calls of the function. */
  readonly spans?: readonly Required<ReplaySource>[]
  /**
   * A strategy, or a function that decides about each call. Default: `none`, with a warning that names the calls declared
   * `mockOnReplay` that then ran for real.
   */
  readonly mock?: MockStrategy | MockPolicy
  /** What becomes of a call that must be mocked and has no answer on the tape. Default: `error`: nothing runs by surprise. */
  readonly onMiss?: 'error' | 'run'
  /** Answers in place of the tape, by key: values, or functions that get the call. */
  readonly overrides?: Overrides
  /** Makes the arguments from the recorded ones. Default: the recorded ones. */
  readonly adaptInputs?: AdaptInputs
  /**
   * How long an item may take, in milliseconds. It then fails, and its calls fail from then on, but code that goes on by
   * itself cannot be ended. Default: no limit.
   */
  readonly itemTimeoutMs?: number
  /** Stops the replay: running items fail, no more are begun, and the report says what there is. */
  readonly signal?: AbortSignal
  /**
   * Ctrl-C stops the replay in order, so that the test run says that it was interrupted, and then ends the process unless
   * somebody else listens for it. Default: `true`.
   */
  readonly stopOnSigint?: boolean
  /**
   * `immediate`: answers come at once, and the timers of the replayed code (`setTimeout`, `AbortSignal.timeout`, …) and what
   * it reads from `Date` and `performance.now` go by the recorded time, so that what comes first is what came first. They
   * take real time where the item sends real requests, where the recording shows no such wait, and under `mock: 'none'`.
   * `recorded`: answers take as long as they took, and timers their real time. Default: `immediate`.
   */
  readonly timing?: MockTiming
  /** How many items run at once, 1 or more; `null` for all of them. Default: 10. */
  readonly maxConcurrency?: number | null
  /**
   * Refuses every `fetch`, `http` and `https` request that the replayed code sends and that is not in `allow`: it fails
   * with an error that names it. What runs beside the replay is left alone. Default: off.
   */
  readonly guardNetwork?: GuardNetwork
  /** What becomes of calls that are made outside of the replayed traces meanwhile. Default: `warn`. */
  readonly outside?: OutsideOption
  /**
   * Replays one item somewhere else, such as in a separate process, with the same store: for code whose items would
   * share state. `runtape replay --isolate` is made of it. What it rejects with is the item's error.
   */
  readonly isolate?: (item: IsolatedItem) => Promise<ReplayItem>
  /** What `this` is inside the function. */
  readonly receiver?: unknown
  readonly evaluators?: readonly Evaluator<TInput, TResult>[]
  /** The least mean score that passes, by evaluator. Without one every item must pass. */
  readonly thresholds?: Readonly<Record<string, number>>
  /** How often each trace is replayed, to see the spread of its results. Default: 1. */
  readonly attempts?: number
  /**
   * Called with each finished item; the next item waits for what it returns, so that no more items are in memory than run
   * at once. Its `traceId` is the one that the replay made. One that throws is reported and changes nothing.
   */
  onItem?(item: ReplayItem<TInput, TResult>): unknown
  /** `false` leaves `items` of the report empty. Default: `true`. */
  readonly keepItems?: boolean
  /** The test run to join, or to start under this id. All who join it replay its traces. Default: a new one. */
  readonly testRunId?: string
  /** `2/4`: replays every fourth of the traces, from the second on; all four machines pass the same `testRunId`. */
  readonly shard?: string
  /** Gives items a cost, such as `genaiPrices()` of `@runtape/recorder/genai-prices`. */
  readonly prices?: PriceList
  /** Why the code was changed; kept on the test run. */
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  /** Groups several test runs into one experiment. */
  readonly experimentGroupId?: string
  /** Called after each item, in the order in which they end. One that throws is reported and changes nothing. */
  readonly onProgress?: (progress: ReplayProgress) => unknown
  readonly logger?: Logger
}
