import type {
  FeedbackValue,
  Metric,
  MetricValue,
  OutcomeValue,
  RunContext,
  RunEvent,
} from '../../records/records.ts'
import type { TokenUsage } from '../../records/token-usage.ts'
import type { ListQuery } from '../lists.ts'

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

/** A run as one line of a list: no values of its events. Unknown facts are absent, never zero. */
export interface RunRow
  extends Pick<
    ListedRun,
    | 'runId'
    | 'configKey'
    | 'variationKey'
    | 'version'
    | 'model'
    | 'providerName'
    | 'traceId'
    | 'firstAt'
    | 'lastAt'
    | 'outcome'
    | 'tokens'
    | 'nanoUsd'
    | 'preview'
  > {
  /** Without attributes. */
  readonly context?: Pick<RunContext, 'kind' | 'key'>
  readonly feedback?: FeedbackValue['kind']
  readonly durationMs?: number
  readonly timeToFirstTokenMs?: number
}

/** Selects runs: the same in `runs.list`, `runs.usage` and `runs.facets`. A run must match all fields. */
export interface RunFilter extends Pick<ListQuery, 'since' | 'until'> {
  /**
   * A filter as text: `feedback:negative cost>0.02 "late order"`. `@runtape/core/filter` has its grammar. A comparison with an
   * unknown amount does not hold; negated, it does.
   */
  readonly where?: string
  readonly configKey?: string
  readonly variationKey?: string
  readonly version?: number
  /** The model that the run is counted under. */
  readonly model?: string
  readonly provider?: string
  /** The kind of the run's context. */
  readonly contextKind?: string
  /** The key of the run's context, such as the customer to bill. */
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

/** What `runs.list` returns, and in which order. */
export interface RunQuery extends RunFilter, ListQuery {
  /** Sort field. Default: `time`. */
  readonly sort?: 'time' | 'cost' | 'tokens' | 'duration'
  /**
   * Runs with an unknown value come last in both orders. A next page must use the order of the first page. Default: `descending`,
   * the newest, most expensive or longest first.
   */
  readonly order?: 'descending' | 'ascending'
}

/** Asks `runs.list` for rows. */
export interface RunRowQuery extends RunQuery {
  readonly fields: 'row'
}
