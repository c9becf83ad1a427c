import * as z from 'zod'
import {
  contextSchema,
  metricSchema,
  metricValueSchema,
  runEventSchema,
  text,
  tokenUsageSchema,
} from '../../records.ts'
import { count, listing, pageOf, period, time } from '../lists.ts'

const outcome = z.enum(['success', 'error', 'cancelled', 'unfinished'])
const amount = z.number().exactOptional()

export const runPreviewSchema = z.object({ asked: text.exactOptional(), answered: text.exactOptional() })

const identity = {
  runId: text,
  configKey: text,
  variationKey: text,
  version: z.int(),
  providerName: text,
  traceId: text.exactOptional(),
  firstAt: time,
  lastAt: time,
}

const run = {
  ...identity,
  modelName: text,
  context: contextSchema.exactOptional(),
  metrics: z.partialRecord(metricSchema, metricValueSchema),
  events: z.array(runEventSchema),
}

const facts = {
  outcome,
  model: text,
  tokens: tokenUsageSchema.exactOptional(),
  nanoUsd: count.exactOptional(),
  preview: runPreviewSchema.exactOptional(),
}

export const runSchema = z.object(run)
export const listedRunSchema = z.object({ ...run, ...facts })

export const runRowSchema = z.object({
  ...identity,
  ...facts,
  context: z.object({ kind: text, key: text }).exactOptional(),
  feedback: z.enum(['positive', 'negative']).exactOptional(),
  durationMs: amount,
  timeToFirstTokenMs: amount,
})

/** Fields of `RunFilter`. */
export const filter = {
  ...period,
  where: text.exactOptional(),
  configKey: text.exactOptional(),
  variationKey: text.exactOptional(),
  version: z.int().exactOptional(),
  model: text.exactOptional(),
  provider: text.exactOptional(),
  contextKind: text.exactOptional(),
  contextKey: text.exactOptional(),
  traceId: text.exactOptional(),
  outcome: outcome.exactOptional(),
  feedback: z.enum(['positive', 'negative', 'none']).exactOptional(),
  minDurationMs: amount,
  maxDurationMs: amount,
  minTokens: amount,
  maxTokens: amount,
  minNanoUsd: amount,
  maxNanoUsd: amount,
}

export const runFilterSchema = z.strictObject(filter)

const order = {
  sort: z.enum(['time', 'cost', 'tokens', 'duration']).exactOptional(),
  order: z.enum(['descending', 'ascending']).exactOptional(),
}

/** With `fields`, the page has rows. */
export const runListQuerySchema = z.strictObject({
  ...filter,
  ...listing,
  ...order,
  fields: z.literal('row').exactOptional(),
})

export const runPageSchema = pageOf(listedRunSchema)
export const runRowPageSchema = pageOf(runRowSchema)
