import type { ListQuery, Page } from '../lists.ts'
import type { AsOf } from '../revision.ts'
import type { RunFilter, RunPreview } from '../runs/runs.ts'

/** The subject of a review: either a run or a whole trace. */
export interface ReviewSubject {
  readonly runId?: string
  readonly traceId?: string
}

/** A person's judgement of a live run or trace. It needs `pass`, a score or a comment. */
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
  /** The reviewed trace, or the trace of the reviewed run. Absent if the run was not traced. */
  readonly traceId?: string
  /** When the store received it, in milliseconds since the Unix epoch. */
  readonly at: number
  /** Set if the review was withdrawn. */
  readonly withdrawn?: { readonly at: number; readonly by?: string }
}

/** Which reviews `reviews.list` returns. */
export interface ReviewQuery extends ListQuery, AsOf {
  readonly runId?: string
  /** Reviews of the trace, and of runs in it. */
  readonly traceId?: string
  readonly by?: string
  readonly pass?: boolean
  /** Whether to include reviews that were withdrawn or replaced by a newer one of the same reviewer. Default: false. */
  readonly history?: boolean
}

/** Which review to withdraw. */
export interface ReviewWithdrawal extends ReviewSubject {
  readonly by: string
}

/** The items of a queue: the runs of a filter, or the traces of a cohort. */
export interface QueueSelection {
  /** Runs of this filter, oldest first; `{}` for all. Not together with `cohort`. */
  readonly runs?: RunFilter
  /** The traces of a cohort, in its order: `bad-refunds`, `bad-refunds@3`. */
  readonly cohort?: string
}

/** A queue of reviewers. */
export interface ReviewQueue extends QueueSelection {
  /**
   * Which items are open: `anyone` for those without any review, `by` for those without a review by `by`. A review of the
   * run or of its trace counts unless it was withdrawn. Default: `anyone`.
   */
  readonly open?: 'anyone' | 'by'
  /** The reviewer. */
  readonly by?: string
}

export interface QueueQuery extends ReviewQueue, Pick<ListQuery, 'limit' | 'cursor' | 'asOf'> {}

/** Which item `reviews.next` claims. */
export interface NextQuery extends ReviewQueue {
  readonly by: string
  /** Runs and traces to leave out: ids that the reviewer skipped. */
  readonly skip?: readonly string[]
  /** How long the item is kept for the reviewer, in milliseconds. Default: 600_000, 10 minutes. */
  readonly claimMs?: number
}

/** A reviewer's claim on an item. `reviews.next` does not return the item to other reviewers before `until`. */
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

/** Reviews of live runs and traces by reviewers, one per person. Feedback is different: it comes from customers. */
export interface Reviews {
  /**
   * Adds a review and ends the person's claim. The review stands until the same person reviews the same run or trace
   * again, or withdraws it.
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
  /**
   * The open items, in the order of the queue. Each page has the items that are open when it is read, so there is no
   * `previousCursor`. With `asOf` all pages are of that revision, and have no claims, which have no history.
   */
  queue(query: QueueQuery): Promise<Page<QueueItem>>
  /**
   * Atomically claims the first open item that no other reviewer has claimed: two reviewers never get the same one. The
   * same reviewer gets it again until it is reviewed or released, or the claim expires, also if an earlier item becomes
   * open. `undefined` if none is left.
   */
  next(query: NextQuery): Promise<QueueItem | undefined>
  /** Ends the person's claim. Resolves to whether there was one that had not expired. */
  release(claimed: ReviewSubject & { readonly by: string }): Promise<boolean>
  /**
   * Counts the items of a queue and those that are reviewed.
   *
   * @throws {RuntapeError} `period-pruned` as `runs.usage` does
   */
  progress(queue: ReviewQueue & AsOf): Promise<ReviewProgress>
}
