import * as z from 'zod'
import { payloadSchema, spanRecordSchema, text } from '../../records.ts'
import { asOf, count, listing, pageOf, time } from '../lists.ts'

const status = spanRecordSchema.shape.status

export const traceSummarySchema = z.object({
  traceId: text,
  spanId: text,
  key: text,
  name: text,
  startedAt: time,
  durationMs: z.number(),
  status,
})

export const tracePageSchema = pageOf(traceSummarySchema)

/** A payload as a store returns it: an output can be deferred. */
export const storedPayloadSchema = z.object({ ...payloadSchema.shape, deferred: z.number().exactOptional() })

export const storedSpanSchema = z.object({
  ...spanRecordSchema.shape,
  input: storedPayloadSchema,
  output: storedPayloadSchema.exactOptional(),
  error: z.object({ name: text, message: text, value: storedPayloadSchema }).exactOptional(),
})

export const traceSchema = z.object({
  traceId: text,
  root: storedSpanSchema,
  spans: z.array(storedSpanSchema),
})

export const traceOptionsSchema = z.strictObject({ ...asOf, deferOutputsFrom: count.exactOptional() })

export const traceQuerySchema = z.strictObject({
  ...listing,
  where: text.exactOptional(),
  key: text.exactOptional(),
  status: status.exactOptional(),
  outcome: z.enum(['success', 'error', 'cancelled']).exactOptional(),
  feedback: z.enum(['positive', 'negative']).exactOptional(),
  runId: text.exactOptional(),
  sessionId: text.exactOptional(),
  tag: text.exactOptional(),
  minDurationMs: z.number().exactOptional(),
  testRunId: text.exactOptional(),
})
