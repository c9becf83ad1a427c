import type { QueueItem } from '../store/reviewing/reviews.ts'
import type { AsOf } from '../store/revision.ts'
import type { RunRow } from '../store/runs/runs.ts'
import type { Moment } from './review-book.ts'

export const itemOfRun = ({ runId, traceId, firstAt, preview }: RunRow): QueueItem => ({
  runId,
  ...(traceId !== undefined && { traceId }),
  at: firstAt,
  ...(preview && { preview }),
})

/** The part of a read that says as of when. */
export const asOfPart = ({ asOf }: { readonly asOf?: Moment }): AsOf => (asOf === undefined ? {} : { asOf })
