import * as z from 'zod'
import { text } from '../records.ts'
import { asOf, pointInTimeSchema, revisionSchema } from './lists.ts'

const kind = z.enum([
  'run',
  'trace',
  'test-run',
  'item',
  'verdict',
  'cohort',
  'review',
  'view',
  'budget',
  'health',
])

export const changeSchema = z.object({ kind, id: text, isRemoved: z.literal(true).exactOptional() })

export const changesQuerySchema = z.strictObject({
  ...asOf,
  since: pointInTimeSchema,
  limit: z.int().min(1).max(1000).exactOptional(),
  kinds: z.array(kind).min(1).exactOptional(),
})

export const changesSchema = z.object({
  items: z.array(changeSchema),
  revision: revisionSchema,
  hasMore: z.boolean(),
})
