import type { RunContext } from '../records/records.ts'

/**
 * Why a record is not in the store as it was sent:
 *
 * - `conflict`: another value was recorded first, and stands
 * - `misdated`: accepted with an impossible time; it counts at the time of receipt
 * - `set-aside`: it could not be written, and was set aside
 * - `dropped-span`: the memory of a recorder was full
 * - `refused`: a run event for which the memory of a recorder was full
 * - `rejected`: invalid, or refused for good
 */
export type HealthKind = 'conflict' | 'misdated' | 'set-aside' | 'dropped-span' | 'refused' | 'rejected'

/** One record of those counted, for a person to look at. Texts are cut after 2,000 characters. */
export interface HealthSample {
  /** When it was counted, in milliseconds since the Unix epoch. */
  readonly at: number
  /** A description of the record: `run event "outcome" of run …`. */
  readonly name: string
  readonly runId?: string
  readonly traceId?: string
  readonly sessionId?: string
  readonly context?: Pick<RunContext, 'kind' | 'key'>
  /** Conflicts only: the value that stands, as JSON. Of a span only the fields that differ. */
  readonly kept?: string
  /** Conflicts only: the value that was kept out, as JSON. */
  readonly refused?: string
  readonly reason?: string
}

/** The records of a kind that were counted so far. */
export interface HealthCount {
  readonly kind: HealthKind
  /** A conflict that is sent again counts once. */
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  /** The newest ones, at most ten, newest first. Erased and pruned with their runs and traces. */
  readonly samples: readonly HealthSample[]
}

/** Runs of a model whose tokens or cost are unknown: they are missing in the sums of the bill. */
export interface UnknownUsage {
  readonly provider: string
  readonly model: string
  readonly runs: number
}

/** What a store says of its own count. */
export interface StoreHealth {
  /** Kinds of which there is at least one. */
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

/** What a process counted before its records reached a store. */
export interface HealthReport {
  /** Id of the counter, such as a recorder: a random one, never used again. */
  readonly reporter: string
  readonly counts: readonly ReportedCount[]
}

/** All records of a kind that the reporter has counted since it began. A report that is sent again changes nothing. */
export interface ReportedCount extends Omit<HealthCount, 'samples'> {
  /** Samples, each with the number of its record: 1 for the first of the kind. */
  readonly samples: readonly (HealthSample & { readonly number: number })[]
}
