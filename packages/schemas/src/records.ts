import type {
  Cost,
  Metric,
  MetricValue,
  Payload,
  RunEvent,
  SpanRecord,
  TapeRecord,
  TokenUsage,
} from '@runtape/core'
import { resultKinds, usageProblem } from '@runtape/core/internal'
import * as z from 'zod'

const milliseconds = z.number().nonnegative()
export const text = z.string()
export const unknownRecord = z.record(z.string(), z.unknown())

const usageOf = <T extends z.ZodType<number>>(tokens: T) =>
  z.object({
    input: tokens,
    output: tokens,
    total: tokens,
    cachedInput: tokens.exactOptional(),
    cacheWrite: tokens.exactOptional(),
    cacheWrite1h: tokens.exactOptional(),
    reasoning: tokens.exactOptional(),
    inputAudio: tokens.exactOptional(),
    outputAudio: tokens.exactOptional(),
    inputImage: tokens.exactOptional(),
    outputImage: tokens.exactOptional(),
    inputVideo: tokens.exactOptional(),
    outputVideo: tokens.exactOptional(),
    cachedInputAudio: tokens.exactOptional(),
    cachedInputImage: tokens.exactOptional(),
  })

export const tokenUsageSchema = usageOf(z.int().nonnegative()).check(context => {
  const problem = usageProblem(context.value)
  if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: context.value })
}) satisfies z.ZodType<TokenUsage>

/** Tokens of a row of the bill. As an adjustment it is the difference of two sums, which can be negative. */
export const billedTokensSchema = usageOf(z.int())

const errorSummarySchema = z.object({ name: text, message: text, status: z.number().exactOptional() })

const outcomeSchema = z.object({
  status: z.enum(['success', 'error', 'cancelled']),
  error: errorSummarySchema.exactOptional(),
})

export const feedbackSchema = z.object({
  kind: z.enum(['positive', 'negative']),
  score: z.number().exactOptional(),
  comment: text.exactOptional(),
})

const toolCallSchema = z.object({ name: text })

const scoreSchema = z.object({ score: z.number(), reasoning: text.exactOptional() })

const callSchema = z.object({
  status: z.enum(['success', 'error', 'cancelled']),
  durationMs: milliseconds,
  timeToFirstTokenMs: milliseconds.exactOptional(),
  usage: tokenUsageSchema.exactOptional(),
  isDoubtful: z.boolean().exactOptional(),
  model: text.exactOptional(),
  provider: text.exactOptional(),
  error: errorSummarySchema.exactOptional(),
})

/** The value of any metric. The first schema that fits is used, so those with more fields come first. */
export const metricValueSchema = z.union([
  callSchema,
  tokenUsageSchema,
  outcomeSchema,
  feedbackSchema,
  scoreSchema,
  toolCallSchema,
  milliseconds,
]) satisfies z.ZodType<MetricValue>

const singleSlots = new Map<string, z.ZodType>([
  ['duration', milliseconds],
  ['time-to-first-token', milliseconds],
  ['tokens', tokenUsageSchema],
  ['outcome', outcomeSchema],
  ['feedback', feedbackSchema],
])
const repeatedSlots = new Map<string, z.ZodType>([
  ['tool-call', toolCallSchema],
  ['score', scoreSchema],
  ['call', callSchema],
])

function slotSchema(metric: string): z.ZodType | undefined {
  const colon = metric.indexOf(':')
  return colon === -1 ? singleSlots.get(metric) : repeatedSlots.get(metric.slice(0, colon))
}

export const metricSchema = z.custom<Metric>(
  value => typeof value === 'string' && slotSchema(value) !== undefined,
  'metric must be one of the slots of a run',
)

/** Whether a cost belongs to this metric: only the two metrics with usage have one. */
const hasUsage = (metric: string): boolean => metric === 'tokens' || metric.startsWith('call:')

const costSchema = z.object({
  nanoUsd: z.int().nonnegative(),
  priceList: text.min(1),
}) satisfies z.ZodType<Cost>

export const contextSchema = z.looseObject({ kind: text, key: text })

export const runEventSchema = z
  .object({
    kind: z.literal('run-event'),
    runId: text.min(1),
    metric: metricSchema,
    value: z.custom<RunEvent['value']>(),
    at: z.number(),
    configKey: text,
    variationKey: text,
    version: z.int(),
    modelName: text,
    providerName: text,
    context: contextSchema.exactOptional(),
    attributes: z.record(text, z.union([text, z.number(), z.boolean()])).exactOptional(),
    cost: costSchema.exactOptional(),
    scope: text.min(1).exactOptional(),
    traceId: text.exactOptional(),
    // Without its trace it would look like a live event.
    replay: z.object({ testRunId: text.min(1), traceId: text.min(1) }).exactOptional(),
  })
  .check(context => {
    const { metric, value, cost } = context.value
    if (cost && !hasUsage(metric)) {
      const message = 'only tokens and calls have a cost'
      context.issues.push({ code: 'custom', path: ['cost'], message, input: cost })
    }
    const result = slotSchema(metric)?.safeParse(value)
    for (const issue of result?.error?.issues ?? []) {
      const path = ['value', ...issue.path]
      context.issues.push({ code: 'custom', path, message: issue.message, input: value })
    }
  }) satisfies z.ZodType<RunEvent>

export const payloadSchema = z.object({
  json: text,
  meta: z
    .array(z.tuple([z.array(z.union([text, z.number()])), text, z.unknown().optional()]))
    .exactOptional(),
  lossy: z.array(text).exactOptional(),
  truncated: z.number().exactOptional(),
  redacted: z.array(text).exactOptional(),
}) satisfies z.ZodType<Payload>

export const spanRecordSchema = z.object({
  kind: z.literal('span'),
  traceId: text.regex(/^[0-9a-f]{32}$/),
  spanId: text.regex(/^[0-9a-f]{16}$/),
  parentSpanId: text.regex(/^[0-9a-f]{16}$/).exactOptional(),
  seq: z.int().nonnegative(),
  key: text,
  name: text,
  type: text,
  startedAt: z.number(),
  durationMs: milliseconds,
  startOrder: z.int().nonnegative().exactOptional(),
  endOrder: z.int().nonnegative().exactOptional(),
  input: payloadSchema,
  output: payloadSchema.exactOptional(),
  resultKind: z.enum(resultKinds),
  error: z.object({ name: text, message: text, value: payloadSchema }).exactOptional(),
  status: z.enum(['ok', 'error', 'cancelled', 'abandoned', 'unfinished']),
  usage: tokenUsageSchema.exactOptional(),
  model: text.exactOptional(),
  timeToFirstTokenMs: milliseconds.exactOptional(),
  runId: text.exactOptional(),
  sessionId: text.exactOptional(),
  tags: z.array(text).exactOptional(),
  metadata: unknownRecord.exactOptional(),
  mockOnReplay: z.boolean().exactOptional(),
  replay: z
    .object({ testRunId: text, sourceTraceId: text, sourceSpanId: text.exactOptional(), mocked: z.boolean() })
    .exactOptional(),
}) satisfies z.ZodType<SpanRecord>

export const tapeRecordSchema = z.discriminatedUnion('kind', [
  runEventSchema,
  spanRecordSchema,
]) satisfies z.ZodType<TapeRecord>
