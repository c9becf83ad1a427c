import type { TokenUsage } from '../../records/token-usage.ts'
import type { AsOf } from '../revision.ts'
import type { RunFilter } from './runs.ts'

/** What a bill can be grouped by. */
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

/** The bill of which runs, how it is grouped, and as of when. */
export interface UsageQuery extends RunFilter, AsOf {
  /** Columns to group by, in order; empty: one row for everything. */
  readonly groupBy?: readonly UsageDimension[]
  /**
   * The width of a `bucket` in milliseconds: 900_000 for quarters of an hour, 604_800_000 for weeks. Buckets are
   * aligned to midnight on a Monday.
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
  /** What was added to the bill after `asOf`, in the same groups: it corrects the invoice sent then. */
  readonly adjustments?: boolean
}

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
   * months as `2026-01`, buckets by their start as `2026-01-31T09:15` (`2026-01-31T10:15+01:00`). Empty in the row that
   * has `rest`.
   */
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>
  /** Number of groups summed up in this row because they are beyond the `limit`. Absent in all other rows. */
  readonly rest?: number
  readonly runs: number
  /** `succeeded`, `failed`, `cancelled` and `unfinished` add up to `runs`. */
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
