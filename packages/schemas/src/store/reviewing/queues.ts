import * as z from 'zod'
import { text } from '../../records.ts'
import { asOf, pageOf, paging, time } from '../lists.ts'
import { runFilterSchema, runPreviewSchema } from '../runs/runs.ts'

const queue = {
  runs: runFilterSchema.exactOptional(),
  cohort: text.exactOptional(),
  open: z.enum(['anyone', 'by']).exactOptional(),
  by: text.exactOptional(),
}

export const queueQuerySchema = z.strictObject({ ...queue, ...asOf, ...paging })

export const queueProgressQuerySchema = z.strictObject({ ...queue, ...asOf })

export const nextQuerySchema = z.strictObject({
  ...queue,
  by: text,
  skip: z.array(text).exactOptional(),
  claimMs: z.number().exactOptional(),
})

export const queueItemSchema = z.object({
  runId: text.exactOptional(),
  traceId: text.exactOptional(),
  at: time,
  preview: runPreviewSchema.exactOptional(),
  claim: z.object({ by: text, until: time }).exactOptional(),
})

export const queueItemPageSchema = pageOf(queueItemSchema)
