import * as z from 'zod'
import { metricSchema, tapeRecordSchema, text } from '../records.ts'
import { count } from './lists.ts'

export const tapeRecordsSchema = z.array(tapeRecordSchema)

export const recordIdentitySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run-event'),
    runId: text,
    metric: metricSchema,
    replayTraceId: text.exactOptional(),
  }),
  z.object({ kind: z.literal('span'), traceId: text, spanId: text }),
])

export const appendReceiptSchema = z.object({
  accepted: count,
  duplicates: count,
  conflicts: count,
  conflicting: z.array(recordIdentitySchema),
  misdated: z.array(recordIdentitySchema).exactOptional(),
})
