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
