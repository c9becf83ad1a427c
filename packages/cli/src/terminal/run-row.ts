import type { FeedbackValue, OutcomeValue } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { billOfRun, nanoUsdOfBill, type RunBill, tokensOfBill } from '@runtape/core/store-helpers'
import { showCost, showDuration, showText, showTime, showTokens } from './show.ts'
import { green, red } from './style.ts'

/** A run as a table row: time, id, config, result. */
export function runRow(run: Run): string[] {
  const { duration } = run.metrics
  const bill = billOfRun(run)
  const usage = tokensOfBill(bill)
  return [
    showTime(run.firstAt),
    run.runId,
    showText([run.configKey, run.variationKey].filter(Boolean).join('/'), 32),
    outcomeOf(run),
    thumbOf(run),
    typeof duration === 'number' ? showDuration(duration) : '',
    usage ? showTokens(usage) : '',
    costOf(bill),
  ]
}

function outcomeOf({ metrics }: Run): string {
  const outcome = metrics.outcome as OutcomeValue | undefined
  if (outcome?.status !== 'error') return outcome?.status ?? ''
  return red(outcome.error ? `error: ${showText(outcome.error.message, 32)}` : 'error')
}

function thumbOf({ metrics }: Run): string {
  const feedback = metrics.feedback as FeedbackValue | undefined
  if (!feedback) return ''
  return feedback.kind === 'positive' ? green('up') : red('down')
}

function costOf(bill: RunBill): string {
  const nanoUsd = nanoUsdOfBill(bill)
  return nanoUsd === undefined ? '' : showCost({ nanoUsd: Number(nanoUsd), unpricedRuns: 0 })
}
