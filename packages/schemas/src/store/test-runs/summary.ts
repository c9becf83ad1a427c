import * as z from 'zod'
import { text } from '../../records.ts'
import { count } from '../lists.ts'

const known = z.number().nullable()

export const testRunScoresSchema = z.object({
  mean: known,
  min: known,
  max: known,
  deviation: known,
  count,
  passed: count,
  failed: count,
  errors: count,
  excused: count.exactOptional(),
  threshold: z.number().exactOptional(),
  pass: z.boolean(),
})

export const testRunSummarySchema = z.object({
  total: count,
  completed: count,
  failed: count,
  same: count,
  changed: count,
  unknown: count,
  served: count,
  drifted: count,
  missed: count,
  unused: count,
  overridden: count,
  unknownInputs: count,
  unlikeThis: count.exactOptional(),
  notRun: count,
  scores: z.record(text, testRunScoresSchema),
  pass: z.boolean(),
})
