import type { ListQuery } from '../lists.ts'
import type { AsOf } from '../revision.ts'

/** Description of a test run at its start. */
export interface TestRunStart {
  /** The id to start the test run under, or of a started test run to join; a join changes none of its data. Default: a new id. */
  readonly testRunId?: string
  readonly key: string
  /** One for each item. */
  readonly sourceTraceIds: readonly string[]
  /** The cohort that the replayed traces come from. */
  readonly cohort?: { readonly name: string; readonly version: number }
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  readonly experimentGroupId?: string
  /** Set for the replays with the code before the change: the test run that they are the baseline of. */
  readonly baselineOf?: string
  /** Number of replays of each trace. Default: 1. */
  readonly attempts?: number
  /** Which calls are answered from the tape, and what happens to those without an answer. */
  readonly policy?: TestRunPolicy
  /** The lowest passing mean score by evaluator. */
  readonly thresholds?: Readonly<Record<string, number>>
  /** The other options of the replay, as given: JSON. */
  readonly options?: Readonly<Record<string, unknown>>
  /** The commit of the replayed code. */
  readonly commit?: string
  readonly branch?: string
  /** The command line. */
  readonly command?: string
}

/** Which calls of a test run are answered from the tape. */
export interface TestRunPolicy {
  /** `function` if a function decides for each call. */
  readonly mock: 'none' | 'all' | 'marked' | 'model' | 'function'
  readonly onMiss: 'error' | 'run'
  /** Keys whose calls are answered by an override. */
  readonly overrides?: readonly string[]
}

/** An edited file; `before` or `after` is `''` if it was added or deleted, both if its content is not kept. */
export interface CodeChangeFile {
  readonly path: string
  readonly before: string
  readonly after: string
  /** Why the content is not kept: `binary`, `generated`, `too large`, `may contain secrets`. */
  readonly omitted?: string
}

/** What a store returns when a test run starts. */
export interface TestRunStarted {
  readonly testRunId: string
  readonly testRunUrl?: string
}

/** The result of a test run, or of a shard of it, at its end: JSON. */
export interface TestRunResult {
  /** Over all items in the store. The summary over the most items is kept, so a late shard never hides another one. */
  readonly summary?: TestRunSummary
  /** Shard, such as `2/4`. Default: the whole test run. */
  readonly shard?: string
  /** Calls made outside the replayed traces during this part. */
  readonly outside?: readonly TestRunOutsideCall[]
  /** Whether it ended before all its items were replayed, such as at a limit of cost. */
  readonly cutShort?: true
  /** Other facts about this part, such as what it spent. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** Calls that were made outside the replayed traces. */
export interface TestRunOutsideCall {
  readonly [field: string]: unknown
}

/** Sums over the items of a test run. */
export interface TestRunSummary {
  /** Selected traces. */
  readonly total: number
  /** Items whose code ran and returned, with every call answered. */
  readonly completed: number
  /** The other items: the code threw or did not run, or a call was not answered. */
  readonly failed: number
  /** Items with outcome `same`: with an equal output or an equal error. */
  readonly same: number
  /** Items with outcome `changed`. */
  readonly changed: number
  /** Items with outcome `unknown`. */
  readonly unknown: number
  readonly served: number
  readonly drifted: number
  readonly missed: number
  readonly unused: number
  readonly overridden: number
  /** Served calls whose input could not be compared with the recorded one. */
  readonly unknownInputs: number
  /** Answered methods whose `this` differs from the recorded one. Absent if there are none. */
  readonly unlikeThis?: number
  /** Traces that were not replayed because the replay was stopped. */
  readonly notRun: number
  /** By evaluator. Statistics are null without a score. */
  readonly scores: Readonly<Record<string, TestRunScores>>
  /**
   * Whether no item has the outcome `failed`, every evaluator passes, every trace was replayed to its end, every key of `mustRun`
   * ran, and no call outside the replayed traces was refused. An evaluator that could not judge an item does not pass, so with
   * `sameOutput()` no item may be `unknown`. Evaluators that compare with the recording do not judge items that the code before the
   * change ends in the same way, and do not pass if that leaves them nothing to judge.
   * The exit code of the command, `assessReport` and `replayTest` follow it.
   */
  readonly pass: boolean
}

/** One evaluator's scores over the items of a test run. */
export interface TestRunScores {
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly deviation: number | null
  readonly count: number
  /** Numbers of items that pass and that do not. */
  readonly passed: number
  readonly failed: number
  /** Items that it could not score because it failed. */
  readonly errors: number
  /** Items that it does not judge: see `ItemBaselineFacts.excused`. Absent if there are none. */
  readonly excused?: number
  /** The lowest passing mean, if one was given. */
  readonly threshold?: number
  /**
   * Whether every judged item has a score and the mean reaches the threshold; without a threshold, whether no item failed.
   * False without any score: nothing judged is not a pass.
   */
  readonly pass: boolean
}

/** What a store returns when a test run is complete. */
export interface TestRunCompletion {
  /** Maps trace ids of the replay to those in the store. Omitted by stores that cannot tell. */
  readonly traceIds?: Readonly<Record<string, string>>
  readonly traceCount?: number
}

/** A person's judgment of a replayed trace. */
export interface Verdict {
  readonly pass: boolean
  readonly by?: string
  readonly comment?: string
  /** When the store received it, in milliseconds since the Unix epoch. Set by the store; unknown for verdicts of older versions. */
  readonly at?: number
}

/** A verdict in the history of an item. */
export interface RecordedVerdict extends Verdict {
  /** The trace that an item's replay made. */
  readonly traceId: string
  /** Set if the verdict was withdrawn. */
  readonly withdrawn?: { readonly at: number; readonly by?: string }
}

/** Which verdict `withdrawVerdict` withdraws. */
export interface VerdictWithdrawal {
  /** Withdraws the newest verdict of this person. Default: the newest verdict of all people. */
  readonly by?: string
}

/** Which verdicts `testRuns.verdicts` returns. */
export interface VerdictQuery extends AsOf {
  readonly traceId?: string
}

/** Number of items of a test run that the store has, by outcome. */
export interface TestRunItems {
  readonly recorded: number
  readonly same: number
  readonly changed: number
  readonly unknown: number
  readonly failed: number
  /** Items that were removed with their traces. Absent if there are none. */
  readonly removed?: number
}

/** A replay of many traces, as the store knows it. */
export interface TestRun extends TestRunStart {
  readonly testRunId: string
  /** Remains `running` if the process was killed: compare `items.recorded` with the number of sources. */
  readonly status: TestRunStatus
  readonly startedAt: number
  readonly completedAt?: number
  /** Counts of recorded items. Each of the `sourceTraceIds.length` × `attempts` items is recorded when its replay ends. */
  readonly items: TestRunItems
  /** Absent until a part has ended. */
  readonly summary?: TestRunSummary
  /** Calls made outside the replayed traces, of all parts. Absent if there are none. */
  readonly outside?: readonly TestRunOutsideCall[]
  /** Whether a part ended before all its items were replayed. */
  readonly cutShort?: true
  /** Other facts about each part, by shard; `''` for the whole. */
  readonly facts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The newest verdict that was not withdrawn, by the trace id that an item's replay made. */
  readonly verdicts: Readonly<Record<string, Verdict>>
}

export type TestRunStatus = 'running' | 'completed' | 'interrupted'

/** What `testRuns.list` returns. */
export interface TestRunQuery extends ListQuery, AsOf {
  readonly key?: string
  readonly experimentGroupId?: string
  readonly status?: TestRunStatus
}
