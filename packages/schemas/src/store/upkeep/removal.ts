import * as z from 'zod'
import { text } from '../../records.ts'
import { count, pointInTimeSchema } from '../lists.ts'

const before = z.strictObject({ before: pointInTimeSchema }).exactOptional()

export const pruneQuerySchema = z.strictObject({ traces: before, runs: before })

export const eraseTargetSchema = z.union([
  z.strictObject({ context: z.strictObject({ kind: text, key: text }) }),
  z.strictObject({ runId: text }),
  z.strictObject({ traceId: text }),
  z.strictObject({ sessionId: text }),
])

const dryRun = { dryRun: z.boolean().exactOptional() }

/** The arguments of `prune`, by name. */
export const pruneArgumentsSchema = z.strictObject({
  query: pruneQuerySchema,
  options: z.strictObject(dryRun).exactOptional(),
})

/** The arguments of `erase`, by name. */
export const eraseArgumentsSchema = z.strictObject({
  target: eraseTargetSchema,
  options: z.strictObject({ ...dryRun, keepTotals: z.boolean().exactOptional() }).exactOptional(),
})

export const removalReceiptSchema = z.object({
  traces: count,
  spans: count,
  runs: count,
  runEvents: count,
  waiting: count,
  leftover: text.exactOptional(),
  inFiles: text.exactOptional(),
})
