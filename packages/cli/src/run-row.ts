import type { CallValue, FeedbackValue, OutcomeValue, Run, TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { showCost, showDuration, showText, showTime, showTokens } from './terminal/show.ts'
import { green, red } from './terminal/style.ts'

/** A run as a line: when, which, for what, how it went. */
export function runRow(run: Run): string[] {
  const { duration } = run.metrics
  const usage = usageOfRun(run)
  return [
    showTime(run.firstAt),
    run.runId,
    showText([run.configKey, run.variationKey].filter(Boolean).join('/'), 32),
    outcomeOf(run),
    thumbOf(run),
    typeof duration === 'number' ? showDuration(duration) : '',
    usage ? showTokens(usage) : '',
    costOf(run),
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

/** The run's own count, or else what its calls add up to. */
function usageOfRun({ metrics, events }: Run): TokenUsage | undefined {
  if (metrics.tokens !== undefined) return metrics.tokens as TokenUsage
  const calls = events.filter(({ metric }) => metric.startsWith('call:'))
  return calls
    .map(({ value }) => (value as CallValue).usage)
    .reduce((sum, usage) => (sum && usage ? addUsage(sum, usage) : (sum ?? usage)), undefined)
}

/** Of the calls with usage where there are any, else of the tokens. */
function costOf({ events }: Run): string {
  const calls = events.filter(({ metric, value }) => metric.startsWith('call:') && (value as CallValue).usage)
  const counted = calls.length > 0 ? calls : events.filter(({ metric }) => metric === 'tokens')
  const costs = counted.flatMap(({ cost }) => cost ?? [])
  if (costs.length === 0 || costs.length < counted.length) return ''
  return showCost({ nanoUsd: costs.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0), unpricedRuns: 0 })
}
