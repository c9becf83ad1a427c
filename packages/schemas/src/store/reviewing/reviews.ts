import * as z from 'zod'
import { text } from '../../records.ts'
import { count, listing, pageOf, time } from '../lists.ts'
import { withdrawnSchema } from '../test-runs/verdicts.ts'

const subject = { runId: text.exactOptional(), traceId: text.exactOptional() }

const judgement = {
  ...subject,
  by: text,
  pass: z.boolean().exactOptional(),
  scores: z.record(text, z.number()).exactOptional(),
  comment: text.exactOptional(),
}

export const reviewInputSchema = z.strictObject(judgement)

export const reviewSchema = z.object({
  ...judgement,
  reviewId: text,
  at: time,
  withdrawn: withdrawnSchema.exactOptional(),
})

export const reviewPageSchema = pageOf(reviewSchema)

export const reviewQuerySchema = z.strictObject({
  ...listing,
  ...subject,
  by: text.exactOptional(),
  pass: z.boolean().exactOptional(),
  history: z.boolean().exactOptional(),
})

/** Names a reviewer's review or claim of a run or trace. */
export const reviewerSubjectSchema = z.strictObject({ ...subject, by: text })

export const reviewProgressSchema = z.object({ total: count, reviewed: count })
