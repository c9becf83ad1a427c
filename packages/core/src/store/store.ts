import type { RecordIdentity, SpanRecord, TapeRecord } from '../records/records.ts'
import type { Changes, ChangesQuery } from './changes.ts'
import type { Page } from './lists.ts'
import type { Cohorts } from './reviewing/cohorts.ts'
import type { Reviews } from './reviewing/reviews.ts'
import type { AsOf, OfNow, Revision } from './revision.ts'
import type { FacetQuery, Facets } from './runs/facets.ts'
import type { ListedRun, Run, RunQuery, RunRow, RunRowQuery } from './runs/runs.ts'
import type { UsageQuery, UsageRow } from './runs/usage.ts'
import type {
  Item,
  ItemIdentity,
  ItemQuery,
  ItemReceipt,
  ItemRecord,
  ItemRow,
  LateItem,
} from './test-runs/items.ts'
import type {
  RecordedVerdict,
  TestRun,
  TestRunCompletion,
  TestRunQuery,
  TestRunResult,
  TestRunStart,
  TestRunStarted,
  Verdict,
  VerdictQuery,
  VerdictWithdrawal,
} from './test-runs/test-runs.ts'
import type { SearchHits, SearchQuery } from './traces/search.ts'
import type {
  PayloadPart,
  PayloadQuery,
  SkeletonQuery,
  SpanHit,
  TraceSearchQuery,
  TraceSkeleton,
} from './traces/trace-parts.ts'
import type { Trace, TraceOptions, TraceQuery, TraceSummary } from './traces/traces.ts'
import type { Budgets } from './upkeep/budgets.ts'
import type { HealthCount, HealthReport, StoreHealth } from './upkeep/health.ts'
import type {
  EraseOptions,
  EraseTarget,
  PruneQuery,
  RemovalOptions,
  RemovalReceipt,
} from './upkeep/removal.ts'
import type { Views } from './views.ts'

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

/** Health of an embedded store. */
export interface StoreDiagnostics {
  /** Messages for an operator, one sentence each: the file was replaced, or the store works without a part. */
  readonly notes: readonly string[]
  /** Where slow work runs (checkpoints, `usage`, lists): in a worker thread, or on the calling thread. */
  readonly background: 'worker' | 'thread'
  /** Why it does not run in a worker. */
  readonly backgroundReason?: string
  /** What `health.get` returns as `counts`. Absent if nothing was counted. */
  readonly counts?: readonly HealthCount[]
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
    /** As of a revision, the run has the events, prices and spans received by then. */
    get(runId: string, options?: AsOf): Promise<Run | undefined>
    /** Rows: only the facts of each run that a line of a list shows, without its events. For pages of many runs. */
    list(query: RunRowQuery): Promise<Page<RunRow>>
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
  }
  readonly traces: {
    /** As of a revision, the trace has the spans received by then; `undefined` if its root is not one of them. */
    get(traceId: string, options?: TraceOptions): Promise<Trace | undefined>
    getSpan(traceId: string, spanId: string, options?: AsOf): Promise<SpanRecord | undefined>
    /** Embedded stores only: synchronous `getSpan`. */
    getSpanSync?(traceId: string, spanId: string, options?: AsOf): SpanRecord | undefined
    /** Newest first. */
    list(query?: TraceQuery): Promise<Page<TraceSummary>>
    /** A page of the spans of a trace, without payloads; `undefined` if the store does not have its root. */
    skeleton(traceId: string, query?: SkeletonQuery): Promise<TraceSkeleton | undefined>
    /**
     * A value in a payload, one level deep, with a page of its children or characters. `undefined` if the store has no such
     * span, payload or path.
     */
    payload(traceId: string, spanId: string, query: PayloadQuery): Promise<PayloadPart | undefined>
    /**
     * Spans of a trace that contain a text in their key, name, input, output or error, in the order of `skeleton`. Strings
     * and numbers are searched, field names are not.
     */
    search(traceId: string, query: TraceSearchQuery): Promise<Page<SpanHit>>
  }
  readonly testRuns: {
    start(start: TestRunStart): Promise<TestRunStarted>
    complete(
      testRunId: string,
      status?: 'completed' | 'interrupted',
      result?: TestRunResult,
    ): Promise<TestRunCompletion>
    get(testRunId: string, options?: AsOf): Promise<TestRun | undefined>
    /** Newest first. */
    list(query?: TestRunQuery): Promise<Page<TestRun>>
    /** Keeps one replay of one trace. Identity: source trace, source span and attempt. */
    putItem(testRunId: string, item: ItemRecord): Promise<ItemReceipt>
    /** Adds facts that became known after the item was put, once. The item itself does not change. */
    putLate(testRunId: string, late: LateItem): Promise<ItemReceipt>
    /** In the order in which they were put. */
    items(testRunId: string, query?: ItemQuery): Promise<Page<ItemRow>>
    /** One item with all its parts. Default for `attempt`: 1. */
    item(
      testRunId: string,
      identity: Omit<ItemIdentity, 'attempt'> & Partial<ItemIdentity>,
      options?: AsOf,
    ): Promise<Item | undefined>
    /** Appends a verdict to the history of an item; `traceId` is the trace that its replay made. */
    putVerdict(testRunId: string, traceId: string, verdict: Verdict): Promise<void>
    /** Withdraws the newest verdict; the one before it counts again. Resolves to false if there is none. */
    withdrawVerdict(testRunId: string, traceId: string, withdrawal?: VerdictWithdrawal): Promise<boolean>
    /** The whole history of verdicts, including withdrawn ones, oldest first. */
    verdicts(testRunId: string, query?: VerdictQuery): Promise<readonly RecordedVerdict[]>
  }
  /**
   * The current revision. It covers everything that was acknowledged before the call. Reads as of it are consistent with
   * each other and repeatable.
   */
  revision(): Promise<Revision>
  /**
   * What changed since a revision, for programs that keep a copy or show what is new. Following page after page misses nothing, also
   * of what other processes write meanwhile.
   *
   * @throws {RuntapeError} `revision-unknown` if changes may be missing: the revision is of another store, or what was removed
   *   after it has been forgotten. Read everything again, and follow from there.
   */
  changes(query: ChangesQuery): Promise<Changes>
  readonly cohorts: Cohorts
  readonly reviews: Reviews
  /** Limits of cost, tokens or runs. They only report: they never stop a run. */
  readonly budgets: Budgets
  /**
   * Records that the store rejected, lost or changed, and what the bill lacks. `get` is of now and refuses `asOf`: counts have no
   * history. `runs.usage` has the bill as of a revision.
   */
  readonly health: {
    get(options?: OfNow): Promise<StoreHealth>
    /** Adds records that a process counted before they reached the store. Idempotent. */
    report(report: HealthReport): Promise<void>
    /** Embedded stores only: synchronous `report`, for the exit of a process. */
    reportSync?(report: HealthReport): void
  }
  readonly views: Views
  /**
   * Searches inputs and outputs of roots, errors, and comments of feedback: at most the first 16 KB of each. Newest first.
   * Replays are not searched.
   *
   * @throws {RuntapeError} `invalid-option` if the store keeps no texts to search
   */
  search(query: SearchQuery): Promise<SearchHits>
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
