import type { CallValue, OutcomeValue } from '../records/records.ts'
import type { Run } from '../store/runs/runs.ts'
import type { StoreHealth, UnknownUsage } from '../store/upkeep/health.ts'
import type { UsageRowDraft } from './usage-adjustments.ts'

type Row = Pick<UsageRowDraft, 'group' | 'unpricedRuns' | 'unknownUsageRuns'>

/** Models whose cost or usage is partly unknown, from a bill by provider and model. */
export function unknownUsageOf(bill: readonly Row[]): Pick<StoreHealth, 'unpriced' | 'unknownUsage'> {
  return {
    unpriced: listed(bill, row => row.unpricedRuns),
    unknownUsage: listed(bill, row => row.unknownUsageRuns),
  }
}

function listed(bill: readonly Row[], runsOf: (row: Row) => number): UnknownUsage[] {
  const rows = bill.map(row => ({
    provider: row.group.provider ?? '',
    model: row.group.model ?? '',
    runs: runsOf(row),
  }))
  const nameOf = ({ provider, model }: UnknownUsage) => `${provider} ${model}`
  return rows
    .filter(({ runs }) => runs > 0)
    .sort((a, b) => b.runs - a.runs || (nameOf(a) < nameOf(b) ? -1 : 1))
}

/** Whether the run used an unknown number of tokens. */
export function hasUnknownUsage({ metrics, events }: Pick<Run, 'metrics' | 'events'>): boolean {
  const calls = events
    .filter(({ metric }) => metric.startsWith('call:'))
    .map(({ value }) => value as CallValue)
  if (calls.some(({ status, usage }) => status !== 'error' && usage === undefined)) return true
  const isCancelled = (metrics.outcome as OutcomeValue | undefined)?.status === 'cancelled'
  return isCancelled && calls.length === 0 && metrics.tokens === undefined
}
