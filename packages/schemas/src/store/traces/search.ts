import * as z from 'zod'
import { text } from '../../records.ts'
import { asOf, pageOf, paging, revisionSchema, time } from '../lists.ts'
import { filter } from '../runs/runs.ts'

export const searchQuerySchema = z.strictObject({ ...filter, ...asOf, ...paging, text })

export const searchHitSchema = z.object({
  in: z.enum(['input', 'output', 'error', 'comment']),
  runId: text.exactOptional(),
  traceId: text.exactOptional(),
  at: time,
  excerpt: text,
  match: z.tuple([z.int(), z.int()]),
})

export const searchHitsSchema = z.object({ ...pageOf(searchHitSchema).shape, completeTo: revisionSchema })
