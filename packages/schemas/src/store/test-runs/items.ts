import type { ItemThrown } from '@runtape/core/store'
import * as z from 'zod'
import { text, tokenUsageSchema } from '../../records.ts'
import { asOf, pageOf, paging } from '../lists.ts'
import { storedPayloadSchema } from '../traces/traces.ts'
import { itemCallCountsSchema, itemCallSchema, itemDiffSchema } from './item-calls.ts'

const result = z.enum(['same', 'changed', 'unknown', 'failed'])
const texts = z.array(text).exactOptional()
const known = z.number().nullable()

const identity = { sourceTraceId: text, sourceSpanId: text.exactOptional(), attempt: z.int() }

export const itemScoreSchema = z.object({
  score: z.number(),
  pass: z.boolean().exactOptional(),
  reasoning: text.exactOptional(),
  version: text.exactOptional(),
  threshold: z.number().exactOptional(),
})

export const itemBaselineFactsSchema = z.object({
  outcome: result,
  traceId: text.nullable(),
  cause: z.enum(['change', 'before', 'unknown']).exactOptional(),
  places: texts,
  excused: texts,
})

const use = { durationMs: known, tokens: tokenUsageSchema.nullable() }

/** What rows and records share. */
const facts = {
  ...identity,
  outcome: result,
  reason: text.exactOptional(),
  hint: text.exactOptional(),
  error: text.nullable(),
  originalError: text.nullable(),
  stopped: z.literal(true).exactOptional(),
  traceId: text.nullable(),
  recorded: z.object({ ...use, model: text.nullable() }),
  replay: z.object(use),
  delta: z.object({ durationMs: known, tokens: known, costNanoUsd: known }).exactOptional(),
  cost: z.object({ recordedNanoUsd: known, replayNanoUsd: known }).exactOptional(),
  baseline: itemBaselineFactsSchema.exactOptional(),
  scores: z.record(text, itemScoreSchema),
  scoreErrors: z.record(text, text).exactOptional(),
}

const counts = { callCounts: itemCallCountsSchema, differences: z.int().exactOptional() }

export const itemThrownSchema = z.object({
  name: text,
  message: text,
  stack: text.exactOptional(),
  code: text.exactOptional(),
  get cause(): z.ZodExactOptional<z.ZodType<ItemThrown>> {
    return itemThrownSchema.exactOptional()
  },
})

const details = {
  calls: z.array(itemCallSchema),
  diff: itemDiffSchema.exactOptional(),
  unread: texts,
  lateErrors: texts,
  adapted: z.literal(true).exactOptional(),
  expected: storedPayloadSchema.exactOptional(),
  thrown: itemThrownSchema.exactOptional(),
}

export const itemRowSchema = z.object({ ...facts, ...counts })
export const itemRowPageSchema = pageOf(itemRowSchema)
export const itemRecordSchema = z.object({ ...facts, ...details })
export const itemSchema = z.object({ ...facts, ...counts, ...details })

export const lateItemSchema = z.object({
  ...identity,
  outcome: result,
  reason: text.exactOptional(),
  lateErrors: z.array(text),
  calls: z.array(itemCallSchema),
})

export const itemReceiptSchema = z.object({ status: z.enum(['accepted', 'duplicate', 'conflict']) })

export const itemQuerySchema = z.strictObject({
  ...asOf,
  ...paging,
  only: z.union([result, z.array(result)]).exactOptional(),
})

/** The arguments of `testRuns.item` after the id, by name. */
export const itemArgumentsSchema = z.strictObject({
  identity: z.object({ ...identity, attempt: z.int().exactOptional() }),
  options: z.strictObject(asOf).exactOptional(),
})
