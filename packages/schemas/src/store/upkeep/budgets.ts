import * as z from 'zod'
import { text } from '../../records.ts'
import { count, time } from '../lists.ts'

const where = z.strictObject({
  contextKind: text.exactOptional(),
  contextKey: text.exactOptional(),
  configKey: text.exactOptional(),
  model: text.exactOptional(),
})

export const budgetSchema = z.strictObject({
  name: text.min(1),
  measure: z.enum(['nanoUsd', 'tokens', 'runs']),
  limit: z.int().min(1),
  window: text,
  where: where.exactOptional(),
  warnAt: z.array(z.number()).exactOptional(),
})

export const budgetsSchema = z.array(budgetSchema)

export const budgetStateSchema = z.object({
  budget: budgetSchema,
  since: time,
  used: z.number().exactOptional(),
  left: z.number().exactOptional(),
  unpricedRuns: count,
  unknownUsageRuns: count,
  level: z.number().exactOptional(),
})

export const budgetStatesSchema = z.array(budgetStateSchema)

export const budgetCrossingSchema = z.object({
  ...budgetStateSchema.shape,
  level: z.number(),
  at: time,
  number: z.int(),
})

export const budgetCrossingsSchema = z.array(budgetCrossingSchema)

export const budgetQuerySchema = z.strictObject({ name: text.exactOptional() })
