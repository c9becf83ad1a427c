import type { FeedbackValue, OutcomeValue, TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import type { Distribution, Run, UsageCost, UsageQuery, UsageRow } from '@runtape/core/store'
import {
  type Checked,
  compareGroups,
  exactSum,
  hasUnknownUsage,
  listedRun,
  passesFilter,
  type TraceFactsOf,
  timeLabels,
  type UsageRowDraft,
} from '@runtape/core/store-helpers'
import { type RunBooking, runBookings } from './bookings.ts'

/** The bill of these runs. */
export function usageOf(
  runs: readonly Run[],
  query: Checked<UsageQuery>,
  traceOf?: TraceFactsOf,
): UsageRowDraft[] {
  const { groupBy = [], orderBy = 'group', limit = Infinity } = query
  const labels = timeLabels(query.timeZone, query.bucketMs)
  const bookings = runs
    .filter(run => passesFilter(listedRun(run), query, traceOf))
    .flatMap(run => runBookings(run, groupBy, labels))
  if (groupBy.length === 0) return [rowOf({}, bookings)]
  const groups = Map.groupBy(bookings, ({ group }) => JSON.stringify(group))
  const rows = [...groups.values()].map(own => ({ own, row: rowOf(own[0]?.group ?? {}, own) }))
  const measure = measures[orderBy]
  rows.sort(({ row: a }, { row: b }) => measure(b) - measure(a) || compareGroups(a.group, b.group, groupBy))
  const others = rows.splice(limit)
  const rest = others.length > 0 ? [rowOfRest(others.map(({ own }) => own))] : []
  return [...rows.map(({ row }) => row), ...rest]
}

/** The sort key of rows, highest first. An unknown value sorts below all numbers. */
const measures: Readonly<Record<NonNullable<UsageQuery['orderBy']>, (row: UsageRow) => number>> = {
  group: () => 0,
  runs: row => row.runs,
  cost: row => row.cost?.nanoUsd ?? -1,
  tokens: row => row.tokens?.total ?? -1,
}

const rowOfRest = (groups: readonly (readonly RunBooking[])[]): UsageRowDraft => ({
  ...rowOf({}, groups.flat()),
  rest: groups.length,
})

function rowOf(group: UsageRow['group'], bookings: readonly RunBooking[]): UsageRowDraft {
  const runs = bookings.filter(({ isOwn }) => isOwn).map(({ run }) => run)
  const outcomes = runs.map(run => (run.metrics.outcome as OutcomeValue | undefined)?.status)
  const feedback = runs.map(run => (run.metrics.feedback as FeedbackValue | undefined)?.kind)
  const tokens = exact(sumKnown(bookings.map(booking => booking.tokens)))
  const cost = costOf(bookings)
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
    unpricedRuns: unpricedIn(bookings),
    ...(tokens && { tokens }),
    ...(cost && { cost }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

/** Total cost of the priced runs; absent if there are none. */
function costOf(bookings: readonly RunBooking[]): UsageCost | undefined {
  const costs = bookings.flatMap(({ nanoUsd }) => nanoUsd ?? [])
  if (costs.length === 0) return undefined
  const nanoUsd = exactSum(
    'cost',
    costs.reduce((sum, cost) => sum + cost, 0n),
  )
  return { nanoUsd, unpricedRuns: unpricedIn(bookings) }
}

const unpricedIn = (bookings: readonly RunBooking[]): number =>
  bookings.filter(({ isUnpriced }) => isUnpriced).length

function sumKnown(usages: readonly (TokenUsage | undefined)[]): TokenUsage | undefined {
  return usages.reduce((sum, usage) => (sum && usage ? addUsage(sum, usage) : (sum ?? usage)), undefined)
}

/** The usage, unless one of its sums is too large to be exact. */
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
