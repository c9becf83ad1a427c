import type { FeedbackValue, OutcomeValue, TokenUsage } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import {
  billOfRun,
  bookingsOf,
  encodeText,
  facetTexts,
  hasUnknownUsage,
  nanoUsdOfBill,
  tokensOfBill,
} from '@runtape/core/store-helpers'
import type { Columns } from '../database/row-table.ts'
import { keyText } from '../database/values.ts'

/** The columns of `TokenUsage`. */
export const usageColumns = {
  input: 'input_tokens',
  output: 'output_tokens',
  total: 'total_tokens',
  cachedInput: 'cached_input_tokens',
  cacheWrite: 'cache_write_tokens',
  cacheWrite1h: 'cache_write_1h_tokens',
  reasoning: 'reasoning_tokens',
  inputAudio: 'input_audio_tokens',
  outputAudio: 'output_audio_tokens',
  inputImage: 'input_image_tokens',
  outputImage: 'output_image_tokens',
  inputVideo: 'input_video_tokens',
  outputVideo: 'output_video_tokens',
  cachedInputAudio: 'cached_input_audio_tokens',
  cachedInputImage: 'cached_input_image_tokens',
} as const satisfies Record<keyof TokenUsage, string>

type Cell = string | number | boolean | null

/** A run as its row. */
export type RunRow = Readonly<Record<string, Cell>>

/** The columns of `RunRow` with their types. `run_id` comes first. */
export const runColumns: readonly (readonly [name: string, type: string])[] = [
  ['run_id', 'text'],
  ['first_at', 'float8'],
  ['last_at', 'float8'],
  ...['config_key', 'variation_key', 'model', 'provider', 'context_kind', 'context_key'].map(
    name => [name, 'text'] as const,
  ),
  ['version', 'bigint'],
  ['trace_id', 'text'],
  ['is_event_trace', 'boolean'],
  ...['outcome', 'feedback', 'error', 'comment'].map(name => [name, 'text'] as const),
  ['duration_ms', 'float8'],
  ['ttft_ms', 'float8'],
  ['nano_usd', 'numeric'],
  ['is_unpriced', 'boolean'],
  ['is_unknown', 'boolean'],
  ...Object.values(usageColumns).map(name => [name, 'numeric'] as const),
  ['parts', 'text'],
]

/** The columns with the values of a row. */
export const rowColumns: Columns<RunRow> = runColumns.map(([name, type]) => [name, type, row => row[name]])

/** The row of a run. */
export function runRow(run: Run): RunRow {
  const bill = billOfRun(run)
  const [own] = bookingsOf(bill, false)
  const { outcome, feedback, duration } = run.metrics
  return {
    run_id: keyText(run.runId),
    first_at: run.firstAt,
    last_at: run.lastAt,
    config_key: run.configKey,
    variation_key: run.variationKey,
    model: bill.model,
    provider: run.providerName,
    context_kind: run.context?.kind ?? null,
    context_key: run.context?.key ?? null,
    version: run.version,
    trace_id: run.traceId ?? null,
    is_event_trace: run.events.some(event => event.traceId !== undefined),
    outcome: (outcome as OutcomeValue | undefined)?.status ?? 'unfinished',
    feedback: (feedback as FeedbackValue | undefined)?.kind ?? 'none',
    error: (outcome && facetTexts.error.textOf(outcome)) || null,
    comment: (feedback && facetTexts.comment.textOf(feedback)) || null,
    duration_ms: numberOf(duration),
    ttft_ms: numberOf(run.metrics['time-to-first-token']),
    nano_usd: nanoUsdOfBill(bill)?.toString() ?? null,
    is_unpriced: own?.isUnpriced ?? false,
    is_unknown: hasUnknownUsage(run),
    ...usageCells(tokensOfBill(bill)),
    parts: partsOf(bill),
  }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** Whole numbers without an exponent, however large. */
const whole = (count: number | undefined): string | null =>
  count === undefined ? null : BigInt(count).toString()

function usageCells(usage: TokenUsage | undefined): Record<string, Cell> {
  const fields = Object.entries(usageColumns) as [keyof TokenUsage, string][]
  return Object.fromEntries(fields.map(([field, column]) => [column, whole(usage?.[field])]))
}

/** The bookings of a run that used several models, its own first; `null` if the columns say all. */
function partsOf(bill: ReturnType<typeof billOfRun>): string | null {
  const bookings = bookingsOf(bill, true)
  if (bookings.length === 1) return null
  return JSON.stringify(
    bookings.map(({ model, tokens, nanoUsd }) => ({
      model: encodeText(model),
      nano_usd: nanoUsd?.toString() ?? null,
      ...usageCells(tokens),
    })),
  )
}
