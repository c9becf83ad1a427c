import * as z from 'zod'
import { text, unknownRecord } from '../../records.ts'
import { count, listing, pageOf, time } from '../lists.ts'
import { testRunSummarySchema } from './summary.ts'
import { verdictSchema } from './verdicts.ts'

export const codeChangeFileSchema = z.object({
  path: text,
  before: text,
  after: text,
  omitted: text.exactOptional(),
})

export const testRunPolicySchema = z.object({
  mock: z.enum(['none', 'all', 'marked', 'model', 'function']),
  onMiss: z.enum(['error', 'run']),
  overrides: z.array(text).exactOptional(),
})

export const testRunStartSchema = z.object({
  testRunId: text.exactOptional(),
  key: text,
  sourceTraceIds: z.array(text),
  cohort: z.object({ name: text, version: z.int() }).exactOptional(),
  codeChangeDescription: text.exactOptional(),
  codeChangeFiles: z.array(codeChangeFileSchema).exactOptional(),
  experimentGroupId: text.exactOptional(),
  baselineOf: text.exactOptional(),
  attempts: z.int().exactOptional(),
  policy: testRunPolicySchema.exactOptional(),
  thresholds: z.record(text, z.number()).exactOptional(),
  options: unknownRecord.exactOptional(),
  commit: text.exactOptional(),
  branch: text.exactOptional(),
  command: text.exactOptional(),
})

export const testRunStartedSchema = z.object({ testRunId: text, testRunUrl: text.exactOptional() })

const outside = z.array(unknownRecord).exactOptional()

export const testRunResultSchema = z.object({
  summary: testRunSummarySchema.exactOptional(),
  shard: text.exactOptional(),
  outside,
  cutShort: z.literal(true).exactOptional(),
  facts: unknownRecord.exactOptional(),
})

/** The arguments of `testRuns.complete` after the id, by name. */
export const testRunCompleteSchema = z.strictObject({
  status: z.enum(['completed', 'interrupted']).exactOptional(),
  result: testRunResultSchema.exactOptional(),
})

export const testRunCompletionSchema = z.object({
  traceIds: z.record(text, text).exactOptional(),
  traceCount: count.exactOptional(),
})

const status = z.enum(['running', 'completed', 'interrupted'])

export const testRunItemsSchema = z.object({
  recorded: count,
  same: count,
  changed: count,
  unknown: count,
  failed: count,
  removed: count.exactOptional(),
})

export const testRunSchema = z.object({
  ...testRunStartSchema.shape,
  testRunId: text,
  status,
  startedAt: time,
  completedAt: time.exactOptional(),
  items: testRunItemsSchema,
  summary: testRunSummarySchema.exactOptional(),
  outside,
  cutShort: z.literal(true).exactOptional(),
  facts: z.record(text, unknownRecord).exactOptional(),
  verdicts: z.record(text, verdictSchema),
})

export const testRunPageSchema = pageOf(testRunSchema)

export const testRunQuerySchema = z.strictObject({
  ...listing,
  key: text.exactOptional(),
  experimentGroupId: text.exactOptional(),
  status: status.exactOptional(),
})
