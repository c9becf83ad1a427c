import type { FeedbackValue, Logger, OutcomeValue, Payload, PriceList, SpanStatus } from '@runtape/core'
import type { CodeChangeFile, Store, Trace } from '@runtape/core/store'
import type { AnyFunction } from '@runtape/trace'
import type { Evaluator } from './evaluators/evaluator.ts'
import type { LiveCall } from './limits/live-call.ts'
import type { Overrides } from './match/override.ts'
import type { MockPolicy, MockStrategy } from './match/policy.ts'
import type { GuardNetwork } from './network/guard-network.ts'
import type { OutsideOption } from './outside/outside-call.ts'
import type { ReplayItem } from './report.ts'
import type { ReplaySource } from './select/source.ts'

/** Conditions for the recorded traces, in addition to the function's key. */
export interface ReplayWhere {
  readonly feedback?: FeedbackValue['kind']
  readonly outcome?: OutcomeValue['status']
  readonly status?: SpanStatus
  readonly runId?: string
  readonly sessionId?: string
  readonly tag?: string
  readonly minDurationMs?: number
  /** A time, or an age: `30m`, `12h`, `7d`, `2w`. */
  readonly since?: Date | number | string
  readonly until?: Date | number | string
  /** A filter as text, as `where` of `traces.list`: `feedback:negative cost>0.02`. */
  readonly filter?: string
}

/** When mocked calls end: `immediate`: in the recorded order, without delays; `recorded`: not sooner than in the recording. */
export type MockTiming = 'immediate' | 'recorded'

/** Converts recorded arguments to current ones, for a function whose parameters changed. */
export type AdaptInputs = (
  input: readonly unknown[],
  recording: Trace,
) => readonly unknown[] | Promise<readonly unknown[]>

export interface ReplayProgress {
  readonly done: number
  readonly total: number
  /** The finished item. */
  readonly item: ReplayItem
}

/** An item to be replayed elsewhere. */
export interface IsolatedItem {
  readonly source: ReplaySource
  /** The test run of its records. */
  readonly testRunId: string
  /** Number of this replay of the source, from 1. */
  readonly attempt: number
  /** The output that a reviewer expects; pass it on as `expected`. */
  readonly expected?: Payload
  /** Number of items that have not started. */
  readonly left: number
  readonly itemTimeoutMs: number | undefined
  /** Aborts when the whole replay is stopped. */
  readonly signal: AbortSignal
  /** Receives the live calls of the item as they end, for `maxCostUsd`. */
  readonly onSpend: (call: LiveCall) => void
}

/** The code before a change, for when this process cannot load it next to the current code. */
export interface BaselineCode {
  /** Replays one item with that code, as `isolate` does. */
  readonly replayItem: (item: IsolatedItem) => Promise<ReplayItem>
  /** A description of that code: `main (1a2b3c4)`. */
  readonly description?: string
}

export type Baseline = AnyFunction | BaselineCode

/** `TInput` and `TResult` are the arguments and the result of the replayed function. */
export interface ReplayOptions<TInput = readonly unknown[], TResult = unknown> {
  readonly store: Store
  /** Conditions, or a filter as text: `feedback:negative since:7d`. */
  readonly where?: ReplayWhere | string
  /** Number of traces: the newest, or the first of `cohort`. Not together with `traceIds`. Default: 5; with `cohort`, all. */
  readonly limit?: number
  /**
   * The traces of a cohort in the store: `bad-refunds` for its newest version, `bad-refunds@3` for version 3. Skips traces that
   * are no longer on the tape or are calls of other functions; the report counts them. Not together with `traceIds`, `spans`
   * or `where`.
   */
  readonly cohort?: string
  /**
   * Returns the output that a reviewer expects of a trace, for the evaluator `expectedOutput`. Encode it with `encodeValue` of
   * `@runtape/trace`. Default: the expected output in the cohort.
   */
  readonly expected?: (traceId: string) => Payload | undefined | Promise<Payload | undefined>
  /** Only these traces, 1 to 100. */
  readonly traceIds?: readonly string[]
  /** Calls in the middle of traces, each with its descendants, 1 to 100. They must be calls of the function. */
  readonly spans?: readonly Required<ReplaySource>[]
  /**
   * A strategy, or a function that decides for each call. Default: `none`, with a warning that names calls declared
   * `mockOnReplay` that ran for real.
   */
  readonly mock?: MockStrategy | MockPolicy
  /** What happens to a mocked call without an answer on the tape. Default: `error`: nothing runs unexpectedly. */
  readonly onMiss?: 'error' | 'run'
  /** Answers instead of the tape, by key: values, or functions that receive the call. */
  readonly overrides?: Overrides
  /** Returns the arguments for the recorded ones. Default: the recorded ones. */
  readonly adaptInputs?: AdaptInputs
  /**
   * Time limit of an item, in milliseconds. After it, the item and its further calls fail, but code that runs without calls
   * cannot be ended. Default: no limit.
   */
  readonly itemTimeoutMs?: number
  /** Stops the replay: running items fail, no more are started, and the report covers those that started. */
  readonly signal?: AbortSignal
  /**
   * Ctrl-C stops the replay in order, so that the test run is marked as interrupted, and then ends the process unless other code
   * listens for it. Default: `true`.
   */
  readonly stopOnSigint?: boolean
  /**
   * `immediate`: answers come without delay. The timers of the replayed code (`setTimeout`, `AbortSignal.timeout`, …) and its
   * reads of `Date` and `performance.now` follow the recorded time, so the order is as recorded. They take real time while the
   * item sends real requests, if the recording has no such wait, and under `mock: 'none'`. `recorded`: answers take as long as
   * recorded, and timers take real time. Default: `immediate`.
   */
  readonly timing?: MockTiming
  /** Number of concurrent items, 1 or more; `null` for all of them. Default: 10. */
  readonly maxConcurrency?: number | null
  /**
   * Refuses every `fetch`, `http` and `https` request of the replayed code that is not in `allow`, with an error that names the
   * request. Other code is not affected. Default: off.
   */
  readonly guardNetwork?: GuardNetwork
  /** How to treat calls made outside the replayed traces meanwhile. Default: `warn`. */
  readonly outside?: OutsideOption
  /**
   * Replays one item elsewhere, such as in a separate process, with the same store: for code whose items would share state.
   * `runtape replay --isolate` uses it. Its rejection is the item's error; `undefined` says that the code did not start before
   * the replay was stopped, so the item counts as not run.
   */
  readonly isolate?: (item: IsolatedItem) => Promise<ReplayItem | undefined>
  /** The `this` of the function. */
  readonly receiver?: unknown
  readonly evaluators?: readonly Evaluator<TInput, TResult>[]
  /** The lowest passing mean score by evaluator. Without a threshold every item must pass. */
  readonly thresholds?: Readonly<Record<string, number>>
  /** Number of replays of each trace, to see variance. Default: 1. */
  readonly attempts?: number
  /**
   * Called with each finished item. The next item waits for its promise, so memory holds only concurrent items. The item's
   * `traceId` is that of the replay. An error is reported and has no effect.
   */
  onItem?(item: ReplayItem<TInput, TResult>): unknown
  /** `false` leaves `items` of the report empty. Default: `true`. */
  readonly keepItems?: boolean
  /** The test run to join, or to start under this id. All members replay its traces. Default: a new id. */
  readonly testRunId?: string
  /** `2/4`: replays every fourth trace, starting with the second. All four machines pass the same `testRunId`. */
  readonly shard?: string
  /** Prices items, for example `genaiPrices()` of `@runtape/recorder/genai-prices`. */
  readonly prices?: PriceList
  /**
   * Limit for the total cost of live calls, in US dollars: no item and no attempt starts once it is reached. Items that are then
   * running continue to their end, so up to `maxConcurrency` items may exceed it. Calls of evaluators do not count.
   * Needs `prices`. A live call without a price stops the replay, unless `allowUnpriced`. Default: no limit.
   */
  readonly maxCostUsd?: number
  /** With `maxCostUsd`: live calls without a price do not stop the replay, and count as 0. Default: `false`. */
  readonly allowUnpriced?: boolean
  /**
   * Called with each live model call when it has ended, and with `nanoUsd: null` for one that outlives its item. An error that it throws is logged and has no
   * other effect.
   */
  readonly onSpend?: (call: LiveCall) => void
  /**
   * Keys whose real code must run in at least one item, because they contain the change: a replay that only answers them from
   * the tape does not test it. The report fails if one did not run; a single shard only warns.
   */
  readonly mustRun?: readonly string[]
  /**
   * The function before the change, or code that replays an item with it elsewhere. Each trace is first replayed with it, with the
   * same options, so the replay takes twice as long and costs twice as much. Each item then shows whether the change explains its
   * difference. `runtape replay --baseline` loads it from git.
   */
  readonly baseline?: Baseline
  /** Reason for the code change; kept on the test run. */
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  /** The commit of the replayed code, its branch, and the command line; kept on the test run. */
  readonly commit?: string
  readonly branch?: string
  readonly command?: string
  /** Groups several test runs into one experiment. */
  readonly experimentGroupId?: string
  /** Called after each item, in order of completion. An error is reported and has no effect. */
  readonly onProgress?: (progress: ReplayProgress) => unknown
  readonly logger?: Logger
}
