import type { Distribution, TokenUsage, UsageCost, UsageRow } from '@runtape/core'
import { usageSubsets } from '@runtape/core/internal'
import { type Booking, exactSum } from '@runtape/core/store-helpers'
import type { UsageSqlRow } from './usage-sql.ts'

type Group = UsageRow['group']
type SumField = keyof TokenUsage | 'cost'

const noRuns = {
  ...{ runs: 0, succeeded: 0, failed: 0, cancelled: 0, unfinished: 0, unknownUsageRuns: 0 },
  ...{ positive: 0, negative: 0 },
}

/** A row of usage to which bookings can be added. Its sums are exact, of whatever size. */
export class RowSums {
  readonly group: Group
  readonly #row: UsageSqlRow | undefined
  readonly #sums = new Map<SumField, bigint>()
  #unpricedRuns: number

  /** @param row what the database has summed; absent for a model that no run of the row is counted under */
  constructor(group: Group, row?: UsageSqlRow) {
    this.group = group
    this.#row = row
    this.#unpricedRuns = row?.unpriced_runs ?? 0
    if (row) for (const field of sumFields) this.#add(field, row[field] ?? undefined)
  }

  add({ tokens, nanoUsd, isUnpriced }: Booking): void {
    if (tokens) for (const [field, count] of Object.entries(tokens)) this.#add(field as SumField, count)
    this.#add('cost', nanoUsd)
    if (isUnpriced) this.#unpricedRuns++
  }

  /** @throws {RuntapeError} `sum-too-large` */
  usage(): UsageRow {
    const tokens = this.#tokens()
    const cost = this.#cost()
    return {
      group: this.group,
      ...(this.#row ? countsOf(this.#row) : noRuns),
      ...(tokens && { tokens }),
      ...(cost && { cost }),
      ...(this.#row && distributionsOf(this.#row)),
    }
  }

  #add(field: SumField, count: string | number | bigint | undefined): void {
    if (count !== undefined) this.#sums.set(field, (this.#sums.get(field) ?? 0n) + BigInt(count))
  }

  #sum(field: SumField): number | undefined {
    const sum = this.#sums.get(field)
    return sum === undefined ? undefined : exactSum(field, sum)
  }

  #tokens(): TokenUsage | undefined {
    const [input, output, total] = [this.#sum('input'), this.#sum('output'), this.#sum('total')]
    if (input === undefined) return undefined
    const subsets = usageSubsets.flatMap(subset => {
      const sum = this.#sum(subset)
      return sum === undefined ? [] : [[subset, sum]]
    })
    return { input, output: output ?? 0, total: total ?? 0, ...Object.fromEntries(subsets) }
  }

  #cost(): UsageCost | undefined {
    const nanoUsd = this.#sum('cost')
    return nanoUsd === undefined ? undefined : { nanoUsd, unpricedRuns: this.#unpricedRuns }
  }
}

const sumFields: readonly SumField[] = ['input', 'output', 'total', ...usageSubsets, 'cost']

function countsOf(row: UsageSqlRow): Omit<UsageRow, 'group'> {
  return {
    runs: row.runs,
    succeeded: row.succeeded,
    failed: row.failed,
    cancelled: row.cancelled,
    unfinished: row.unfinished,
    unknownUsageRuns: row.unknown_usage,
    positive: row.positive,
    negative: row.negative,
  }
}

function distributionsOf(row: UsageSqlRow): Pick<UsageRow, 'durationMs' | 'timeToFirstTokenMs'> {
  const durationMs = distribution(row.duration_count, row.duration_mean, row.duration_p50, row.duration_p95)
  const timeToFirstTokenMs = distribution(row.first_count, row.first_mean, row.first_p50, row.first_p95)
  return { ...(durationMs && { durationMs }), ...(timeToFirstTokenMs && { timeToFirstTokenMs }) }
}

function distribution(
  count: number,
  mean: number | null,
  p50: number | null,
  p95: number | null,
): Distribution | undefined {
  if (mean === null || p50 === null || p95 === null) return undefined
  return { count, mean, p50, p95 }
}
