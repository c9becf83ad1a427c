import type { ListQuery, Page } from './lists.ts'
import type { AsOf } from './revision.ts'
import type { RunFilter, RunPreview } from './runs.ts'

/** What a review is of: a run, or a whole trace. Exactly one of them. */
export interface ReviewSubject {
  readonly runId?: string
  readonly traceId?: string
}

/** What a person says of a live run. It needs `pass`, a score or a comment. */
export interface ReviewInput extends ReviewSubject {
  /** The reviewer. */
  readonly by: string
  readonly pass?: boolean
  /** By name, such as `{ politeness: 0.5 }`. */
  readonly scores?: Readonly<Record<string, number>>
  readonly comment?: string
}

/** A review as the store has it. */
export interface Review extends ReviewInput {
  readonly reviewId: string
  /** The trace; of a reviewed run, if it was traced. */
  readonly traceId?: string
  /** When the store received it, in milliseconds since the Unix epoch. */
  readonly at: number
  /** Set once it was withdrawn. */
  readonly withdrawn?: { readonly at: number; readonly by?: string }
}

/** Which reviews `reviews.list` returns. */
export interface ReviewQuery extends ListQuery, AsOf {
  readonly runId?: string
  /** Reviews of the trace, and of runs in it. */
  readonly traceId?: string
  readonly by?: string
  readonly pass?: boolean
  /** Also reviews that were withdrawn, or followed by another of the same reviewer on the same run. Default: false. */
  readonly history?: boolean
}

/** Whose review is to be withdrawn. */
export interface ReviewWithdrawal extends ReviewSubject {
  readonly by: string
}

/** Which items a queue has: the runs of a filter, or the traces of a cohort. */
export interface QueueSelection {
  /** Runs of this filter, oldest first; `{}` for all. Not together with `cohort`. */
  readonly runs?: RunFilter
  /** The traces of a cohort, in its order: `bad-refunds`, `bad-refunds@3`. */
  readonly cohort?: string
}

/** A queue of reviewers. */
export interface ReviewQueue extends QueueSelection {
  /**
   * Which items are still to be reviewed: those without a review of anyone, or without one of `by`. An item is reviewed
   * by a review of its run or of its trace that was not withdrawn. Default: `anyone`.
   */
  readonly open?: 'anyone' | 'by'
  /** The reviewer. */
  readonly by?: string
}

export interface QueueQuery extends ReviewQueue, Pick<ListQuery, 'limit' | 'cursor'> {}

/** Which item `reviews.next` claims. */
export interface NextQuery extends ReviewQueue {
  readonly by: string
  /** Runs and traces to leave out: ids that the reviewer skipped. */
  readonly skip?: readonly string[]
  /** How long the item is kept for the reviewer, in milliseconds. Default: 600_000, 10 minutes. */
  readonly claimMs?: number
}

/** A reviewer works on an item. Other reviewers do not get it from `reviews.next` before `until`. */
export interface ReviewClaim {
  readonly by: string
  /** Milliseconds since the Unix epoch. */
  readonly until: number
}

/** An item of a queue. */
export interface QueueItem {
  /** Absent for a trace of a cohort. */
  readonly runId?: string
  /** Absent for a run that was not traced. */
  readonly traceId?: string
  /** Time of the run, or start of the trace. */
  readonly at: number
  readonly preview?: RunPreview
  readonly claim?: ReviewClaim
}

export interface ReviewProgress {
  /** Number of runs or traces. */
  readonly total: number
  readonly reviewed: number
}

/** Reviews of live runs. Each reviewer has a review of their own; feedback is what the customer said. */
export interface Reviews {
  /**
   * Adds a review. It stands until the same person reviews the same run or trace again, or withdraws it. Ends the person's
   * claim.
   *
   * @throws {RuntapeError} `invalid-option` if the store does not have the run or trace
   */
  put(review: ReviewInput): Promise<Review>
  /**
   * Withdraws the person's newest review of the run or trace; the one before it stands again. Resolves to the withdrawn
   * review, if there was one.
   */
  withdraw(withdrawal: ReviewWithdrawal): Promise<Review | undefined>
  /** Newest first. */
  list(query?: ReviewQuery): Promise<Page<Review>>
  /** The items that are still to be reviewed, in order. */
  queue(query: QueueQuery): Promise<Page<QueueItem>>
  /**
   * Claims the first open item that no other reviewer has claimed, in one step: two reviewers never get the same. Until it is
   * reviewed, released or expired, the same reviewer gets it again. `undefined` if none is left.
   */
  next(query: NextQuery): Promise<QueueItem | undefined>
  /** Ends the person's claim. Resolves to whether there was one. */
  release(claimed: ReviewSubject & { readonly by: string }): Promise<boolean>
  /** How many items of a queue are reviewed. */
  progress(queue: ReviewQueue): Promise<ReviewProgress>
}
