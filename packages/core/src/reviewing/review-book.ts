import type { CohortRef } from '../query/read-cohort.ts'
import type { CheckedNext } from '../query/read-review.ts'
import type { Page } from '../store/lists.ts'
import type { QueueItem, ReviewClaim } from '../store/reviewing/reviews.ts'
import type { AsOf, Revision } from '../store/revision.ts'
import type { RunFilter, RunRow, RunRowQuery } from '../store/runs/runs.ts'
import type { Store } from '../store/store.ts'

/** A revision, or a time of receipt. Default: now. */
export type Moment = Revision | number | undefined

/** The operations of a store that a queue needs. Each works on many items at once, with the reviews as of the same moment. */
export interface ReviewBook {
  /**
   * A page of the runs without a standing review, by this reviewer if one is given. It is a page of `runs.list` that may
   * have fewer runs than its limit.
   */
  openRuns(query: RunRowQuery, reviewer: string | undefined): Promise<Page<RunRow>>
  /** Those of the traces that have a standing review, of the trace or of a run in it, by this reviewer if one is given. */
  reviewedTraces(
    traceIds: readonly string[],
    reviewer: string | undefined,
    asOf: Moment,
  ): Promise<ReadonlySet<string>>
  /** The claims on the items that have not expired, in the order of the items. */
  claimsOn(items: readonly QueueItem[]): Promise<readonly (ReviewClaim | undefined)[]>
  /** What the reviewer has claimed: traces, and runs that were not traced. Without claims that have expired. */
  claimedBy(by: string): Promise<readonly Pick<QueueItem, 'runId' | 'traceId'>[]>
  /** Atomically claims an item, unless it is reviewed or another reviewer has claimed it. */
  claim(
    item: QueueItem,
    query: Pick<CheckedNext, 'by' | 'reviewer' | 'claimMs'>,
  ): Promise<ReviewClaim | undefined>
  /** Number of runs of a filter with a standing review, by this reviewer if one is given. */
  countRuns(filter: RunFilter & AsOf, reviewer: string | undefined): Promise<number>
  /** Number of traces of a version of a cohort that are on the tape and have a standing review. */
  countTraces(cohort: Required<CohortRef>, reviewer: string | undefined, asOf: Moment): Promise<number>
}

export type Reads = Pick<Store, 'runs' | 'cohorts'>
