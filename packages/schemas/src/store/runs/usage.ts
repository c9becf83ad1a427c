import * as z from 'zod'
import { billedTokensSchema, text } from '../../records.ts'
import { asOf, count, limit } from '../lists.ts'
import { filter } from './runs.ts'

const dimension = z.enum([
  'bucket',
  'hour',
  'day',
  'month',
  'config',
  'variation',
  'version',
  'model',
  'provider',
  'contextKind',
  'contextKey',
])

export const usageQuerySchema = z.strictObject({
  ...filter,
  ...asOf,
  groupBy: z.array(dimension).exactOptional(),
  bucketMs: z.number().exactOptional(),
  timeZone: text.exactOptional(),
  orderBy: z.enum(['group', 'runs', 'cost', 'tokens']).exactOptional(),
  limit: limit.exactOptional(),
  adjustments: z.boolean().exactOptional(),
})

export const distributionSchema = z.object({
  count: z.int(),
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
})

// Adjustments are differences of two bills, which can be negative.
const change = z.int()

export const usageRowSchema = z.object({
  group: z.partialRecord(dimension, text),
  rest: count.exactOptional(),
  runs: change,
  succeeded: change,
  failed: change,
  cancelled: change,
  unfinished: change,
  unknownUsageRuns: change,
  positive: change,
  negative: change,
  tokens: billedTokensSchema.exactOptional(),
  cost: z.object({ nanoUsd: change, unpricedRuns: change }).exactOptional(),
  durationMs: distributionSchema.exactOptional(),
  timeToFirstTokenMs: distributionSchema.exactOptional(),
})

export const usageSchema = z.array(usageRowSchema)
