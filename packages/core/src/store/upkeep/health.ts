import type { RunContext } from '../../records/records.ts'

/**
 * Why a record is not in the store as it was sent:
 *
 * - `conflict`: another value was recorded first, and stands
 * - `misdated`: accepted with an impossible time; it counts as of its time of receipt
 * - `set-aside`: it could not be written, and was set aside
 * - `dropped-span`: the memory of a recorder was full
 * - `refused`: a run event for which the memory of a recorder was full
 * - `rejected`: invalid, or refused for good
 */
export type HealthKind = 'conflict' | 'misdated' | 'set-aside' | 'dropped-span' | 'refused' | 'rejected'

/** One of the counted records, for a person to inspect. Texts are cut after 2,000 characters. */
export interface HealthSample {
  /** When it was counted, in milliseconds since the Unix epoch. */
  readonly at: number
  /** A description of the record: `run event "outcome" of run …`. */
  readonly name: string
  readonly runId?: string
  readonly traceId?: string
  readonly sessionId?: string
  readonly context?: Pick<RunContext, 'kind' | 'key'>
  /** Conflicts only: the value that stands, as JSON; for a span, only the fields that differ. */
  readonly kept?: string
  /** Conflicts only: the value that was refused, as JSON. */
  readonly refused?: string
  readonly reason?: string
}

/** All records of one kind that were counted so far. */
export interface HealthCount {
  readonly kind: HealthKind
  /** A conflict counts once, however often the record is sent. */
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  /** The newest ones, at most ten, newest first. Erased and pruned with their runs and traces. */
  readonly samples: readonly HealthSample[]
}

/** Runs of a model whose tokens or cost are unknown: the sums of the bill do not include them. */
export interface UnknownUsage {
  readonly provider: string
  readonly model: string
  readonly runs: number
}

/** The completeness of a store's counts. */
export interface StoreHealth {
  /** Only kinds with at least one record. */
  readonly counts: readonly HealthCount[]
  /** Models with runs that have usage without a price, most runs first: `unpricedRuns` of the bill. */
  readonly unpriced: readonly UnknownUsage[]
  /** Models with runs whose host reported no usage, most runs first: `unknownUsageRuns` of the bill. */
  readonly unknownUsage: readonly UnknownUsage[]
  readonly runs: number
  readonly traces: number
  /** Time of the oldest run or trace. Absent if there are none. */
  readonly oldestAt?: number
  /** Size of the database in bytes. Absent for stores without a file. */
  readonly bytes?: number
  /** The retention of this store's options: `{ traces: '30d' }`. Absent if it keeps everything. */
  readonly retention?: Readonly<Record<string, string>>
}

/** Records that a process counted before they reached a store. */
export interface HealthReport {
  /** Random id of the counter, such as a recorder; never reused. */
  readonly reporter: string
  readonly counts: readonly ReportedCount[]
}

/** Totals of one kind since the reporter started, so that a repeated report changes nothing. */
export interface ReportedCount extends Omit<HealthCount, 'samples'> {
  /** Samples, each with the number of its record: 1 for the first of the kind. */
  readonly samples: readonly (HealthSample & { readonly number: number })[]
}
