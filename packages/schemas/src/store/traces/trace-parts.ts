import * as z from 'zod'
import { spanRecordSchema, text } from '../../records.ts'
import { asOf, count, limit, pageOf, paging } from '../lists.ts'

const steps = z.array(z.union([text, z.number()]))
const payloadName = z.enum(['input', 'output', 'error'])

export const payloadFactsSchema = z.object({
  bytes: count,
  isLossy: z.literal(true).exactOptional(),
  isRedacted: z.literal(true).exactOptional(),
  truncated: z.number().exactOptional(),
})

export const spanSkeletonSchema = z.object({
  ...spanRecordSchema.omit({ kind: true, traceId: true, metadata: true }).shape,
  input: payloadFactsSchema,
  output: payloadFactsSchema.exactOptional(),
  error: z.object({ name: text, message: text, value: payloadFactsSchema }).exactOptional(),
  nanoUsd: count.exactOptional(),
})

export const skeletonQuerySchema = z.strictObject({ ...asOf, ...paging })

export const traceSkeletonSchema = z.object({
  ...pageOf(spanSkeletonSchema).shape,
  traceId: text,
  spanCount: count,
})

export const payloadQuerySchema = z.strictObject({
  ...asOf,
  of: payloadName,
  path: z.union([text, steps]).exactOptional(),
  offset: count.exactOptional(),
  limit: limit.exactOptional(),
})

const where = z.enum(['here', 'inside']).exactOptional()

export const valueFactsSchema = z.object({
  path: steps,
  kind: z.enum(['object', 'array', 'string', 'number', 'boolean', 'null']),
  bytes: count,
  value: z.union([text, z.number(), z.boolean(), z.null()]).exactOptional(),
  type: text.exactOptional(),
  typeDetail: z.unknown().optional(),
  redacted: where,
  lossy: where,
})

export const payloadPartSchema = z.object({
  ...valueFactsSchema.shape,
  length: count.exactOptional(),
  children: z.array(valueFactsSchema).exactOptional(),
  text: text.exactOptional(),
  nextOffset: count.exactOptional(),
  truncated: z.number().exactOptional(),
})

export const traceSearchQuerySchema = z.strictObject({ ...asOf, ...paging, text })

export const textPlaceSchema = z.object({
  in: z.enum(['input', 'output', 'error', 'key', 'name']),
  excerpt: text,
  match: z.tuple([z.int(), z.int()]),
  path: steps.exactOptional(),
})

export const spanHitSchema = z.object({
  spanId: text,
  key: text,
  name: text,
  places: z.array(textPlaceSchema),
})

export const spanHitPageSchema = pageOf(spanHitSchema)
