import * as z from 'zod'
import { text } from '../../records.ts'
import { count, time } from '../lists.ts'

const sampleFields = {
  at: time,
  name: text,
  runId: text.exactOptional(),
  traceId: text.exactOptional(),
  sessionId: text.exactOptional(),
  context: z.object({ kind: text, key: text }).exactOptional(),
  kept: text.exactOptional(),
  refused: text.exactOptional(),
  reason: text.exactOptional(),
}

export const healthSampleSchema = z.object(sampleFields)

const totals = {
  kind: z.enum(['conflict', 'misdated', 'set-aside', 'dropped-span', 'refused', 'rejected']),
  count,
  firstAt: time,
  lastAt: time,
}

export const healthCountSchema = z.object({ ...totals, samples: z.array(healthSampleSchema) })

const unknownUsage = z.array(z.object({ provider: text, model: text, runs: count }))

export const storeHealthSchema = z.object({
  counts: z.array(healthCountSchema),
  unpriced: unknownUsage,
  unknownUsage,
  runs: count,
  traces: count,
  oldestAt: time.exactOptional(),
  bytes: count.exactOptional(),
  retention: z.record(text, text).exactOptional(),
})

const reportedCount = z.object({
  ...totals,
  samples: z.array(z.object({ ...sampleFields, number: z.int() })),
})

export const healthReportSchema = z.object({ reporter: text.min(1), counts: z.array(reportedCount) })
