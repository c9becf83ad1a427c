import type {
  FeedbackValue,
  Metric,
  MetricValue,
  OutcomeValue,
  RecordIdentity,
  RunContext,
  RunEvent,
  SpanRecord,
  SpanStatus,
  TapeRecord,
} from '../records/records.ts'
import type { TokenUsage } from '../records/token-usage.ts'
import type { PointInTime } from './point-in-time.ts'
import type { EraseOptions, EraseTarget, PruneQuery, RemovalOptions, RemovalReceipt } from './removal.ts'

/**
 * What became of appended records. First write wins: the same identity with the same value is a duplicate;
 * with another value it is a conflict, which is kept out. A duplicate that knows the cost fills it in if the first one did not.
 */
export interface AppendReceipt {
  readonly accepted: number
  readonly duplicates: number
  readonly conflicts: number
  /** Names the conflicts, so that they can be reported. */
  readonly conflicting: readonly RecordIdentity[]
  /**
   * Names accepted run events whose time cannot be: more than 5 minutes ahead of the store's clock, or before 2020. They
   * count at the time when the store received them. Absent if there are none.
   */
  readonly misdated?: readonly RecordIdentity[]
}

/** A slice of a list; pass `nextCursor` back to get the next one. Without it there is no more. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

/** Part of every list query. A store refuses an argument that it does not know or cannot read (`invalid-option`). */
export interface ListQuery {
  /** From this time on. */
  readonly since?: PointInTime
  /** Before this time. */
  readonly until?: PointInTime
  /** At most this many. Default: 50. */
  readonly limit?: number
  readonly cursor?: string
}

/** A run as the store knows it: all that was recorded under one `runId`. */
export interface Run {
  readonly runId: string
  readonly configKey: string
  readonly variationKey: string
  readonly version: number
  readonly modelName: string
  readonly providerName: string
  readonly context?: RunContext
  /** The trace that the run belongs to, where it was traced. */
  readonly traceId?: string
  /**
   * The time that the run belongs to, in milliseconds since the Unix epoch: of its first event that is no feedback or
   * score. A time that cannot be (more than 5 minutes ahead of the store, or before 2020) is when the store received it.
   */
  readonly firstAt: number
  /** The time of its last event. */
  readonly lastAt: number
  readonly metrics: Readonly<Partial<Record<Metric, MetricValue>>>
  /** In the order of their times. */
  readonly events: readonly RunEvent[]
}

/** What was asked and answered, each in a line of at most 160 characters. */
export interface RunPreview {
  readonly asked?: string
  readonly answered?: string
}

/** A run in a list, with what a line about it says. What is not known is absent, never zero. */
export interface ListedRun extends Run {
  /** `unfinished` where nothing was recorded of its end. */
  readonly outcome: OutcomeValue['status'] | 'unfinished'
  /** The model that the run is counted under in `usage`: of its first call with usage, or its config's. */
  readonly model: string
  /** What all of its calls used. */
  readonly tokens?: TokenUsage
  /** What it cost, in billionths of a US dollar. Absent if a part of it has no price. */
  readonly nanoUsd?: number
  /**
   * From the input and the output of the root of its trace; in a trace of several runs, of the first call of the run.
   * Absent if it was not traced.
   */
  readonly preview?: RunPreview
}

/** Which runs: the same in `runs.list` and in `runs.usage`. A run passes if all of it is true. */
export interface RunFilter extends Pick<ListQuery, 'since' | 'until'> {
  readonly configKey?: string
  readonly variationKey?: string
  readonly version?: number
  /** The model that the run is counted under. */
  readonly model?: string
  readonly provider?: string
  /** The kind of the context that the run was for. */
  readonly contextKind?: string
  /** The key of the context that the run was for: who pays. */
  readonly contextKey?: string
  readonly traceId?: string
  readonly outcome?: ListedRun['outcome']
  readonly feedback?: FeedbackValue['kind'] | 'none'
  /** At least so many milliseconds. A run whose duration is unknown is neither above nor below any. */
  readonly minDurationMs?: number
  /** At most so many milliseconds. */
  readonly maxDurationMs?: number
  /** At least so many tokens, input and output. */
  readonly minTokens?: number
  /** At most so many tokens. */
  readonly maxTokens?: number
  /** At least so many billionths of a US dollar. */
  readonly minNanoUsd?: number
  /** At most so many billionths of a US dollar. */
  readonly maxNanoUsd?: number
}

export interface RunQuery extends RunFilter, ListQuery {
  /** What the list is in order of. Default: `time`. */
  readonly sort?: 'time' | 'cost' | 'tokens' | 'duration'
  /**
   * Runs for which that is unknown come last in both orders. A next page must be asked in the order of the page before.
   * Default: `descending`, the newest, dearest or longest first.
   */
  readonly order?: 'descending' | 'ascending'
}

export type UsageDimension =
  | 'bucket'
  | 'hour'
  | 'day'
  | 'month'
  | 'config'
  | 'variation'
  | 'version'
  | 'model'
  | 'provider'
  | 'contextKind'
  | 'contextKey'

export interface UsageQuery extends RunFilter {
  /** Columns to group by, in order; one row for everything when empty. */
  readonly groupBy?: readonly UsageDimension[]
  /**
   * The width of a `bucket`, in milliseconds: 900_000 for quarters of an hour, 604_800_000 for weeks. Buckets are cut from a
   * Monday at midnight on.
   */
  readonly bucketMs?: number
  /** The IANA time zone in which buckets, hours, days and months are cut. Default: UTC. It does not change `since` and `until`. */
  readonly timeZone?: string
  /**
   * The order of the rows: by their groups, or those with most runs, cost or tokens first. Rows for which that is unknown come last,
   * and equal ones in the order of their groups. Default: `group`.
   */
  readonly orderBy?: 'group' | 'runs' | 'cost' | 'tokens'
  /** At most so many groups. What is in the others is summed in one more row, the last, which has `rest`. Default: all. */
  readonly limit?: number
  /** The bill as it was known then: a revision of this store, or the last one that it had received by a time. */
  readonly asOf?: Revision | PointInTime
  /** What has come to the bill since `asOf`, in the same groups: it corrects the invoice that was sent then. */
  readonly adjustments?: boolean
}

/** What runs have values of, to be counted. */
export type FacetField =
  | Exclude<UsageDimension, 'bucket' | 'hour' | 'day' | 'month'>
  /** The message of the error that a run ended with, or its name where it has no message. */
  | 'error'
  /** The comment of its feedback. */
  | 'comment'

export interface FacetQuery extends RunFilter {
  readonly field: FacetField
  /** At most so many values. Default: 20. */
  readonly limit?: number
  /** The runs as they were known then, as in `usage`. */
  readonly asOf?: Revision | PointInTime
}

/** The values of a field, those of most runs first and equal ones in the order of their texts. */
export interface Facets {
  readonly values: readonly FacetValue[]
  /** Values beyond the limit, and the runs that have them. Absent if there are none. */
  readonly others?: { readonly values: number; readonly runs: number }
}

export interface FacetValue {
  readonly value: string
  readonly runs: number
}

/** A point in a store's history, as `runs.revision` returns it. */
export type Revision = string

/** A distribution in milliseconds. Percentiles are of nearest rank. */
export interface Distribution {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
}

/**
 * What the runs of a row cost. A run costs what its calls with usage cost, each by its own model, and what its `tokens`
 * cost if they count for none of them.
 */
export interface UsageCost {
  /** Billionths of a US dollar: the exact sum of what is on the records. */
  readonly nanoUsd: number
  /** Runs with usage that is not priced in whole: they add nothing to the sum. */
  readonly unpricedRuns: number
}

/**
 * One row of the bill. A run belongs to the time of its first event that is no feedback or score. Replays never appear. Grouped by model, a run is
 * counted once: under the model of its config if one of its calls names it, or none names any; else under the model of its
 * first call with usage. What its other models used and cost is in their rows, so a row can have tokens and no runs.
 */
export interface UsageRow {
  /**
   * The values grouped by; hours as `2026-01-31T09` (with a `timeZone` as `2026-01-31T10+01:00`), days as `2026-01-31`,
   * months as `2026-01`, buckets by their start as `2026-01-31T09:15` (`2026-01-31T10:15+01:00`). Empty in the row that has `rest`.
   */
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>
  /** How many groups this row sums up that are beyond the `limit`. Absent in all others. */
  readonly rest?: number
  readonly runs: number
  /** Together with `failed`, `cancelled` and `unfinished` these are the runs. */
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  /** Runs without an outcome: they are still going on, or their process ended before. */
  readonly unfinished: number
  /**
   * Runs that used tokens of which the number is unknown: a call that succeeded or was cancelled reported no usage, or a
   * cancelled run recorded neither a call nor tokens. Providers bill them.
   */
  readonly unknownUsageRuns: number
  readonly positive: number
  readonly negative: number
  /** Absent when no run of the row has known usage. A run's `tokens` count for the calls of their scope; others are added. */
  readonly tokens?: TokenUsage
  /** Absent when no run of the row is priced. */
  readonly cost?: UsageCost
  readonly durationMs?: Distribution
  readonly timeToFirstTokenMs?: Distribution
}

/** The root of a trace, without its payloads. */
export interface TraceSummary {
  readonly traceId: string
  readonly spanId: string
  readonly key: string
  readonly name: string
  readonly startedAt: number
  readonly durationMs: number
  readonly status: SpanStatus
}

/** A whole trace: the root and everything under it, parents before children, children in `seq` order. */
export interface Trace {
  readonly traceId: string
  readonly root: SpanRecord
  readonly spans: readonly SpanRecord[]
}

/** How a trace is handed out. */
export interface TraceOptions {
  /**
   * Outputs of at least so many bytes of JSON are not needed yet: a store may leave them out, marked as `deferred`,
   * and has them in `getSpan`. Only those of calls under a root that gave a promise or an async generator, for which one
   * can wait; their other marks are there all the same, except for `meta`.
   */
  readonly deferOutputsFrom?: number
}

export interface TraceQuery extends ListQuery {
  readonly key?: string
  readonly status?: SpanStatus
  /** Traces with a run of this outcome. */
  readonly outcome?: OutcomeValue['status']
  /** Traces with a run that got this feedback. */
  readonly feedback?: FeedbackValue['kind']
  readonly runId?: string
  readonly sessionId?: string
  readonly tag?: string
  readonly minDurationMs?: number
  /** The traces that a replay made; without it replays are left out. */
  readonly testRunId?: string
}

/** What a replay says about itself when it starts. */
export interface TestRunStart {
  /** The id to start it under, or to join it where it has been started: what was said first stays. Default: a new one. */
  readonly testRunId?: string
  readonly key: string
  readonly sourceTraceIds: readonly string[]
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  readonly experimentGroupId?: string
}

/** An edited file; `before` or `after` is `''` when it was added or deleted. */
export interface CodeChangeFile {
  readonly path: string
  readonly before: string
  readonly after: string
}

export interface TestRunStarted {
  readonly testRunId: string
  readonly testRunUrl?: string
}

export interface TestRunCompletion {
  /** Trace ids as the replay made them → as the store keeps them. A store that cannot tell leaves it out. */
  readonly traceIds?: Readonly<Record<string, string>>
  readonly traceCount?: number
}

export interface Verdict {
  readonly pass: boolean
  readonly by?: string
  readonly comment?: string
}

export interface TestRun extends TestRunStart {
  readonly testRunId: string
  readonly status: 'running' | 'completed' | 'interrupted'
  readonly startedAt: number
  readonly completedAt?: number
  /** By the trace id that the replay of an item made. */
  readonly verdicts: Readonly<Record<string, Verdict>>
}

/** How an embedded store is doing. */
export interface StoreDiagnostics {
  /** What an operator should know, a sentence each: that the file was replaced, that a part of the store does without something. */
  readonly notes: readonly string[]
  /** Where it does what takes long (checkpoints, `usage`, lists): in a worker thread, or on the thread that uses the store. */
  readonly background: 'worker' | 'thread'
  /** Why not in a worker. */
  readonly backgroundReason?: string
}

/**
 * Keeps records and answers queries. `append` is idempotent: whatever is retried, resumed or sent twice, there is
 * one record per identity. The contract is executable: `storeContract` of `@runtape/testing`.
 */
export interface Store {
  append(records: readonly TapeRecord[]): Promise<AppendReceipt>
  /** Embedded stores only: the records have left this process's memory when it returns, so `kill -9` loses none. */
  appendSync?(records: readonly TapeRecord[]): AppendReceipt
  /**
   * Embedded stores only: keeps what alone cannot be written, beside the other records, so that it holds up none of them.
   */
  readonly setAside?: {
    /** On disk when it returns; throws when the store takes nothing at all. */
    put(record: TapeRecord, reason: string): void
  }
  readonly runs: {
    get(runId: string): Promise<Run | undefined>
    /** Newest first, or as `sort` and `order` say. */
    list(query?: RunQuery): Promise<Page<ListedRun>>
    /**
     * The billing query.
     *
     * @throws {RuntapeError} `sum-too-large` when a sum is beyond what a number holds exactly (2^53 - 1: some nine
     * million dollars of cost): it is never returned rounded. Narrow the query, or group it more finely.
     * `period-pruned` when runs of the bill at `asOf` were pruned, or erased without `keepTotals`: it never returns less.
     */
    usage(query?: UsageQuery): Promise<readonly UsageRow[]>
    /**
     * The values of a field with the number of runs that have each, for filters and suggestions. Runs without a value are in none.
     *
     * @throws {RuntapeError} `period-pruned` as `usage` does
     */
    facets(query: FacetQuery): Promise<Facets>
    /** The revision that a query of now would see: with `usage({ asOf })` it stays the same bill. */
    revision(): Promise<Revision>
  }
  readonly traces: {
    get(traceId: string, options?: TraceOptions): Promise<Trace | undefined>
    getSpan(traceId: string, spanId: string): Promise<SpanRecord | undefined>
    /** Embedded stores only: what `getSpan` gives, at once. */
    getSpanSync?(traceId: string, spanId: string): SpanRecord | undefined
    /** Newest first. */
    list(query?: TraceQuery): Promise<Page<TraceSummary>>
  }
  readonly testRuns: {
    start(start: TestRunStart): Promise<TestRunStarted>
    complete(testRunId: string, status?: 'completed' | 'interrupted'): Promise<TestRunCompletion>
    get(testRunId: string): Promise<TestRun | undefined>
    list(query?: ListQuery): Promise<Page<TestRun>>
    putVerdict(testRunId: string, traceId: string, verdict: Verdict): Promise<void>
  }
  /**
   * Removes what is old, a little at a time. What was removed does not come back: a record of it that arrives late counts as
   * a duplicate.
   */
  prune(query: PruneQuery, options?: RemovalOptions): Promise<RemovalReceipt>
  /**
   * Removes a person, a run, a trace or a session, for good: also what arrives late, and for a context or a session what
   * was recorded elsewhere before now. What is recorded after is new.
   */
  erase(target: EraseTarget, options?: EraseOptions): Promise<RemovalReceipt>
  /** Embedded stores only. */
  diagnostics?(): StoreDiagnostics
  close(): Promise<void>
}
