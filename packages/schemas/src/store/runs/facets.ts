import * as z from 'zod'
import { text } from '../../records.ts'
import { asOf, count, limit } from '../lists.ts'
import { filter } from './runs.ts'

const field = z.enum([
  'config',
  'variation',
  'version',
  'model',
  'provider',
  'contextKind',
  'contextKey',
  'error',
  'comment',
])

export const facetQuerySchema = z.strictObject({ ...filter, ...asOf, field, limit: limit.exactOptional() })

export const facetsSchema = z.object({
  values: z.array(z.object({ value: text, runs: count })),
  others: z.object({ values: count, runs: count }).exactOptional(),
})
