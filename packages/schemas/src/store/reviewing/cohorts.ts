import * as z from 'zod'
import { text } from '../../records.ts'
import { asOf, count, pageOf, paging, time } from '../lists.ts'
import { storedPayloadSchema, traceSummarySchema } from '../traces/traces.ts'

export const cohortItemSchema = z.object({
  traceId: text,
  expected: storedPayloadSchema.exactOptional(),
  note: text.exactOptional(),
  trace: traceSummarySchema.exactOptional(),
})

export const cohortItemPageSchema = pageOf(cohortItemSchema)

export const cohortVersionSchema = z.object({
  version: z.int(),
  at: time,
  by: text.exactOptional(),
  comment: text.exactOptional(),
  size: count,
  added: count,
  changed: count,
  removed: count,
})

export const cohortVersionPageSchema = pageOf(cohortVersionSchema)

export const cohortSchema = z.object({ ...cohortVersionSchema.shape, name: text, gone: count })

export const cohortPageSchema = pageOf(cohortSchema)

const cohortPutSchema = z.strictObject({
  traceId: text,
  expected: storedPayloadSchema.nullable().exactOptional(),
  note: text.nullable().exactOptional(),
})

export const cohortCreateSchema = z.strictObject({
  put: z.array(cohortPutSchema).exactOptional(),
  by: text.exactOptional(),
  comment: text.exactOptional(),
})

export const cohortChangeSchema = z.strictObject({
  ...cohortCreateSchema.shape,
  remove: z.array(text).exactOptional(),
  ifVersion: z.int().exactOptional(),
})

export const cohortPageQuerySchema = z.strictObject({ ...asOf, ...paging })

export const cohortEntryQuerySchema = z.strictObject({ ...asOf, ...paging, traceId: text.exactOptional() })
