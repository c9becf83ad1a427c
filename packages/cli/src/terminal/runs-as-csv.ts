import type { FeedbackValue, OutcomeValue } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { billOfRun, nanoUsdOfBill, type RunBill, tokensOfBill } from '@runtape/core/store-helpers'
import { type Columns, csvTime, recordsAsCsv } from './records-as-csv.ts'

interface BilledRun {
  readonly run: Run
  readonly bill: RunBill
  readonly outcome: OutcomeValue | undefined
}

const columns: Columns<BilledRun> = {
  startedAt: ({ run }) => csvTime(run.firstAt),
  runId: ({ run }) => run.runId,
  traceId: ({ run }) => run.traceId,
  configKey: ({ run }) => run.configKey,
  variationKey: ({ run }) => run.variationKey,
  version: ({ run }) => run.version,
  model: ({ bill }) => bill.model,
  contextKind: ({ run }) => run.context?.kind,
  contextKey: ({ run }) => run.context?.key,
  outcome: ({ outcome }) => outcome?.status,
  error: ({ outcome }) => (outcome?.status === 'error' ? outcome.error?.message : undefined),
  feedback: ({ run }) => (run.metrics.feedback as FeedbackValue | undefined)?.kind,
  durationMs: ({ run }) => run.metrics.duration as number | undefined,
  inputTokens: ({ bill }) => tokensOfBill(bill)?.input,
  outputTokens: ({ bill }) => tokensOfBill(bill)?.output,
  totalTokens: ({ bill }) => tokensOfBill(bill)?.total,
  costNanoUsd: ({ bill }) => nanoUsdOfBill(bill)?.toString(),
}

/** Runs with exact figures. */
export const runsAsCsv = (runs: readonly Run[]): string =>
  recordsAsCsv(
    columns,
    runs.map(run => ({
      run,
      bill: billOfRun(run),
      outcome: run.metrics.outcome as OutcomeValue | undefined,
    })),
  )
