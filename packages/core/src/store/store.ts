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
 * Result of an append. First write wins: the same identity with the same value is a duplicate; with another value it is a
 * conflict and rejected. A duplicate with a cost adds the cost if the first record has none.
 */
export interface AppendReceipt {
  readonly accepted: number
  readonly duplicates: number
  readonly conflicts: number
  /** Identities of the conflicts, for reporting. */
  readonly conflicting: readonly RecordIdentity[]
  /**
   * Identities of accepted run events with an impossible time: more than 5 minutes ahead of the store's clock, or before 2020.
   * They count at the time of receipt. Absent if there are none.
   */
  readonly misdated?: readonly RecordIdentity[]
}

/** A page of a list; pass `nextCursor` to get the next page. The last page has none. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

/** Part of every list query. A store refuses unknown and invalid arguments (`invalid-option`). */
export interface ListQuery {
  /** Start of the period, inclusive. */
  readonly since?: PointInTime
  /** End of the period, exclusive. */
  readonly until?: PointInTime
  /** At most this many. Default: 50. */
  readonly limit?: number
  readonly cursor?: string
}

/** A run as the store knows it: everything recorded under one `runId`. */
export interface Run {
  readonly runId: string
  readonly configKey: string
  readonly variationKey: string
  readonly version: number
  readonly modelName: string
  readonly providerName: string
  readonly context?: RunContext
  /** The trace that the run belongs to, if it was traced. */
  readonly traceId?: string
  /**
   * The run's time, in milliseconds since the Unix epoch: that of its first event other than feedback and scores. For an
   * impossible time (more than 5 minutes ahead of the store, or before 2020) it is the time of receipt.
   */
  readonly firstAt: number
  /** The time of its last event. */
  readonly lastAt: number
  readonly metrics: Readonly<Partial<Record<Metric, MetricValue>>>
  /** In order of time. */
  readonly events: readonly RunEvent[]
}

/** Question and answer, each in one line of at most 160 characters. */
export interface RunPreview {
  readonly asked?: string
  readonly answered?: string
}

/** A run in a list, with the facts that a line shows. Unknown facts are absent, never zero. */
export interface ListedRun extends Run {
  /** `unfinished` if no end was recorded. */
  readonly outcome: OutcomeValue['status'] | 'unfinished'
  /** The model that the run is counted under in `usage`: that of its first call with usage, or its config's. */
  readonly model: string
  /** Usage of all its calls. */
  readonly tokens?: TokenUsage
  /** Cost in billionths of a US dollar. Absent if a part of it has no price. */
  readonly nanoUsd?: number
  /**
   * From the input and output of its trace's root; in a trace of several runs, of the run's first call. Absent if it was not
   * traced.
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
  /** The key of the context that the run was for: the customer to bill. */
  readonly contextKey?: string
  readonly traceId?: string
  readonly outcome?: ListedRun['outcome']
  readonly feedback?: FeedbackValue['kind'] | 'none'
  /** At least this many milliseconds. A run of unknown duration matches no bound. */
  readonly minDurationMs?: number
  /** At most this many milliseconds. */
  readonly maxDurationMs?: number
  /** At least this many tokens, input and output. */
  readonly minTokens?: number
  /** At most this many tokens. */
  readonly maxTokens?: number
  /** At least this many billionths of a US dollar. */
  readonly minNanoUsd?: number
  /** At most this many billionths of a US dollar. */
  readonly maxNanoUsd?: number
}

export interface RunQuery extends RunFilter, ListQuery {
  /** Sort field. Default: `time`. */
  readonly sort?: 'time' | 'cost' | 'tokens' | 'duration'
  /**
   * Runs with an unknown value come last in both orders. A next page must use the order of the first page. Default: `descending`,
   * the newest, most expensive or longest first.
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
  /** Columns to group by, in order; empty: one row for everything. */
  readonly groupBy?: readonly UsageDimension[]
  /**
   * The width of a `bucket`, in milliseconds: 900_000 for quarters of an hour, 604_800_000 for weeks. Buckets start
   * at midnight on a Monday.
   */
  readonly bucketMs?: number
  /** The IANA time zone of buckets, hours, days and months. Default: UTC. It does not change `since` and `until`. */
  readonly timeZone?: string
  /**
   * Order of the rows: by group, or most runs, cost or tokens first. Rows with an unknown value come last; equal rows are ordered
   * by group. Default: `group`.
   */
  readonly orderBy?: 'group' | 'runs' | 'cost' | 'tokens'
  /** At most this many groups. The others are summed in one more row, the last, which has `rest`. Default: all. */
  readonly limit?: number
  /** The bill as it was known then: at a revision of this store, or at a time of receipt. */
  readonly asOf?: Revision | PointInTime
  /** What was added to the bill after `asOf`, in the same groups: it corrects the invoice sent then. */
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

/** A distribution in milliseconds. Percentiles use the nearest rank. */
export interface Distribution {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
}

/**
 * Cost of the runs of a row. A run costs the sum of its calls with usage, each by its own model, plus its `tokens` if they
 * replace no call.
 */
export interface UsageCost {
  /** Billionths of a US dollar: the exact sum of the recorded costs. */
  readonly nanoUsd: number
  /** Runs with partly unpriced usage: they add nothing to the sum. */
  readonly unpricedRuns: number
}

/**
 * One row of the bill. A run counts at the time of its first event other than feedback and scores. Replays never appear. Grouped
 * by model, a run is counted once: under the model of its config if one of its calls names it or none names any, otherwise under
 * the model of its first call with usage. Usage and cost of its other models are in their rows, so a row can have tokens and no
 * runs.
 */
export interface UsageRow {
  /**
   * The group values; hours as `2026-01-31T09` (with a `timeZone` as `2026-01-31T10+01:00`), days as `2026-01-31`,
   * months as `2026-01`, buckets by their start as `2026-01-31T09:15` (`2026-01-31T10:15+01:00`). Empty in the row that has `rest`.
   */
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>
  /** How many groups this row sums up that are beyond the `limit`. Absent in all others. */
  readonly rest?: number
  readonly runs: number
  /** Succeeded, `failed`, `cancelled` and `unfinished` add up to the runs. */
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  /** Runs without an outcome: still running, or ended with their process. */
  readonly unfinished: number
  /**
   * Runs with an unknown number of tokens: a call that succeeded or was cancelled reported no usage, or a cancelled run recorded
   * neither a call nor tokens. Providers bill them.
   */
  readonly unknownUsageRuns: number
  readonly positive: number
  readonly negative: number
  /** Absent if no run of the row has known usage. A run's `tokens` replaces the calls of its scope; other calls are added. */
  readonly tokens?: TokenUsage
  /** Absent if no run of the row is priced. */
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

/** How to load a trace. */
export interface TraceOptions {
  /**
   * Outputs of at least this many bytes of JSON are not needed yet: a store may omit them, marked as `deferred`, and return them
   * from `getSpan`. Only for calls under a root that returned a promise or an async generator, where the caller can wait. Their
   * marks other than `meta` are still included.
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
  /** The traces made by a replay; without it, replays are excluded. */
  readonly testRunId?: string
}

/** Description of a test run at its start. */
export interface TestRunStart {
  /** The id to start the test run under, or of a started test run to join; a join changes none of its data. Default: a new id. */
  readonly testRunId?: string
  readonly key: string
  readonly sourceTraceIds: readonly string[]
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  readonly experimentGroupId?: string
}

/** An edited file; `before` or `after` is `''` if it was added or deleted. */
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
  /** Maps trace ids of the replay to those in the store. Omitted by stores that cannot tell. */
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
  /** By the trace id that an item's replay made. */
  readonly verdicts: Readonly<Record<string, Verdict>>
}

/** Health of an embedded store. */
export interface StoreDiagnostics {
  /** Messages for an operator, one sentence each: the file was replaced, or the store works without a part. */
  readonly notes: readonly string[]
  /** Where slow work runs (checkpoints, `usage`, lists): in a worker thread, or on the calling thread. */
  readonly background: 'worker' | 'thread'
  /** Why it does not run in a worker. */
  readonly backgroundReason?: string
}

/**
 * Keeps records and answers queries. `append` is idempotent: there is one record per identity, whatever is retried, resumed or
 * sent twice. The contract is executable: `storeContract` of `@runtape/testing`.
 */
export interface Store {
  append(records: readonly TapeRecord[]): Promise<AppendReceipt>
  /** Embedded stores only: the records are out of this process's memory when it returns, so `kill -9` loses none. */
  appendSync?(records: readonly TapeRecord[]): AppendReceipt
  /** Embedded stores only: keeps unwritable records separately, so they do not block others. */
  readonly setAside?: {
    /** On disk when it returns; throws if the store accepts nothing at all. */
    put(record: TapeRecord, reason: string): void
  }
  readonly runs: {
    get(runId: string): Promise<Run | undefined>
    /** Newest first, or as `sort` and `order` say. */
    list(query?: RunQuery): Promise<Page<ListedRun>>
    /**
     * The billing query.
     *
     * @throws {RuntapeError} `sum-too-large` if a sum exceeds 2^53 - 1 (about nine million dollars of cost) and would be rounded.
     * Narrow the query, or group it more finely. `period-pruned` if runs of the bill at `asOf` were pruned, or erased without
     * `keepTotals`.
     */
    usage(query?: UsageQuery): Promise<readonly UsageRow[]>
    /**
     * The values of a field with the number of runs that have each, for filters and suggestions. Runs without a value are in none.
     *
     * @throws {RuntapeError} `period-pruned` as `usage` does
     */
    facets(query: FacetQuery): Promise<Facets>
    /** The current revision: `usage({ asOf })` with it always returns the same bill. */
    revision(): Promise<Revision>
  }
  readonly traces: {
    get(traceId: string, options?: TraceOptions): Promise<Trace | undefined>
    getSpan(traceId: string, spanId: string): Promise<SpanRecord | undefined>
    /** Embedded stores only: synchronous `getSpan`. */
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
  /** Removes old records in small steps. Late records of removed data count as duplicates and are not added. */
  prune(query: PruneQuery, options?: RemovalOptions): Promise<RemovalReceipt>
  /**
   * Permanently removes a person, a run, a trace or a session. Late records of it are dropped; for a context or a session this
   * includes records made elsewhere before now. Later activity is recorded.
   */
  erase(target: EraseTarget, options?: EraseOptions): Promise<RemovalReceipt>
  /** Embedded stores only. */
  diagnostics?(): StoreDiagnostics
  close(): Promise<void>
}
