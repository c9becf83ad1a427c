import type { FeedbackValue, OutcomeValue } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { billOfRun, nanoUsdOfBill, tokensOfBill } from '@runtape/core/store-helpers'
import { csv } from './csv.ts'

/** Runs with exact figures, one a line. An empty cell is unknown, never zero. */
export function runsAsCsv(runs: readonly Run[]): string {
  const rows = runs.map(row)
  return csv([headings, ...rows.map(cells => cells.map(cell => String(cell ?? '')))])
}

const headings = [
  'startedAt',
  'runId',
  'traceId',
  'configKey',
  'variationKey',
  'version',
  'model',
  'contextKind',
  'contextKey',
  'outcome',
  'error',
  'feedback',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'costNanoUsd',
]

function row(run: Run): readonly unknown[] {
  const outcome = run.metrics.outcome as OutcomeValue | undefined
  const feedback = run.metrics.feedback as FeedbackValue | undefined
  const bill = billOfRun(run)
  const tokens = tokensOfBill(bill)
  return [
    new Date(run.firstAt).toISOString(),
    run.runId,
    run.traceId,
    run.configKey,
    run.variationKey,
    run.version,
    bill.model,
    run.context?.kind,
    run.context?.key,
    outcome?.status,
    outcome?.status === 'error' ? outcome.error?.message : undefined,
    feedback?.kind,
    run.metrics.duration,
    tokens?.input,
    tokens?.output,
    tokens?.total,
    nanoUsdOfBill(bill),
  ]
}
