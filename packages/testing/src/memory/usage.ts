import type {
  CallValue,
  Distribution,
  FeedbackValue,
  OutcomeValue,
  Run,
  TokenUsage,
  UsageDimension,
  UsageQuery,
  UsageRow,
} from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { type Checked, calendarTime, exactSum } from '@runtape/core/store-helpers'
import { isFor } from './runs.ts'
import { costOfRuns } from './usage-cost.ts'

const dimensions: Readonly<Record<UsageDimension, (run: Run) => string>> = {
  hour: run => isoTime(run).slice(0, 13),
  day: run => isoTime(run).slice(0, 10),
  month: run => isoTime(run).slice(0, 7),
  config: run => run.configKey,
  variation: run => run.variationKey,
  version: run => String(run.version),
  model: run => run.modelName,
  provider: run => run.providerName,
  contextKind: run => run.context?.kind ?? '',
  contextKey: run => run.context?.key ?? '',
}

const isoTime = ({ firstAt }: Run): string => calendarTime(firstAt)

/** The bill of these runs. */
export function usageOf(runs: readonly Run[], query: Checked<UsageQuery>): UsageRow[] {
  const groupBy = query.groupBy ?? []
  const counted = runs.filter(run => isCounted(run, query))
  if (groupBy.length === 0) return [rowOf({}, counted)]
  const groups = Map.groupBy(counted, run =>
    JSON.stringify(groupBy.map(dimension => dimensions[dimension](run))),
  )
  const rows = [...groups.values()].map(own => rowOf(groupOf(own, groupBy), own))
  return rows.sort((a, b) => compareGroups(a, b, groupBy))
}

function isCounted(run: Run, query: Checked<UsageQuery>): boolean {
  const { since = -Infinity, until = Infinity, configKey } = query
  if ((configKey !== undefined && run.configKey !== configKey) || !isFor(run, query)) return false
  return run.firstAt >= since && run.firstAt < until
}

function groupOf(runs: readonly Run[], groupBy: readonly UsageDimension[]): UsageRow['group'] {
  return Object.fromEntries(
    groupBy.map(dimension => [dimension, runs[0] ? dimensions[dimension](runs[0]) : '']),
  )
}

function rowOf(group: UsageRow['group'], runs: readonly Run[]): UsageRow {
  const outcomes = runs.map(run => (run.metrics.outcome as OutcomeValue | undefined)?.status)
  const feedback = runs.map(run => (run.metrics.feedback as FeedbackValue | undefined)?.kind)
  const tokens = exact(sumKnown(runs.map(tokensOf)))
  const cost = costOfRuns(runs)
  const durationMs = distributionOf(runs.map(run => run.metrics.duration))
  const timeToFirstTokenMs = distributionOf(runs.map(run => run.metrics['time-to-first-token']))
  return {
    group,
    runs: runs.length,
    succeeded: outcomes.filter(status => status === 'success').length,
    failed: outcomes.filter(status => status === 'error').length,
    cancelled: outcomes.filter(status => status === 'cancelled').length,
    unfinished: outcomes.filter(status => status === undefined).length,
    unknownUsageRuns: runs.filter(hasUnknownUsage).length,
    positive: feedback.filter(kind => kind === 'positive').length,
    negative: feedback.filter(kind => kind === 'negative').length,
    ...(tokens && { tokens }),
    ...(cost && { cost }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

/** The run's own count alone, where there is one; else what its finished calls add up to. */
function tokensOf(run: Run): TokenUsage | undefined {
  if (run.metrics.tokens !== undefined) return run.metrics.tokens as TokenUsage
  const calls = run.events.filter(event => event.metric.startsWith('call:'))
  return sumKnown(calls.map(call => (call.value as CallValue).usage))
}

/** Whether the run used tokens of which the number is unknown. */
function hasUnknownUsage({ metrics, events }: Run): boolean {
  const calls = events
    .filter(({ metric }) => metric.startsWith('call:'))
    .map(({ value }) => value as CallValue)
  if (calls.some(({ status, usage }) => status !== 'error' && usage === undefined)) return true
  const isCancelled = (metrics.outcome as OutcomeValue | undefined)?.status === 'cancelled'
  return isCancelled && calls.length === 0 && metrics.tokens === undefined
}

function sumKnown(usages: readonly (TokenUsage | undefined)[]): TokenUsage | undefined {
  return usages.reduce((sum, usage) => (sum && usage ? addUsage(sum, usage) : (sum ?? usage)), undefined)
}

/** The usage, unless a sum in it is too large to be exact. */
function exact(usage: TokenUsage | undefined): TokenUsage | undefined {
  for (const [field, sum] of Object.entries(usage ?? {})) exactSum(field, BigInt(sum))
  return usage
}

function distributionOf(values: readonly unknown[]): Distribution | undefined {
  const sorted = values.filter(value => typeof value === 'number').sort((a, b) => a - b)
  const count = sorted.length
  if (count === 0) return undefined
  const rank = (percent: number): number => sorted[Math.ceil((count * percent) / 100) - 1] ?? 0
  return { count, mean: sorted.reduce((sum, value) => sum + value, 0) / count, p50: rank(50), p95: rank(95) }
}

function compareGroups(a: UsageRow, b: UsageRow, groupBy: readonly UsageDimension[]): number {
  for (const dimension of groupBy) {
    const left = a.group[dimension] ?? ''
    const right = b.group[dimension] ?? ''
    if (left === right) continue
    if (dimension === 'version') return Number(left) - Number(right)
    return left < right ? -1 : 1
  }
  return 0
}
