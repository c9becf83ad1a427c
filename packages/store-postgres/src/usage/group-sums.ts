import type { TokenUsage } from '@runtape/core'
import type { UsageRow } from '@runtape/core/store'
import { exactSum, type UsageRowDraft } from '@runtape/core/store-helpers'
import { usageColumns } from '../runs/run-row.ts'
import { countNames, distributionNames, sumNames } from './columns.ts'
import { distributionOf } from './distribution.ts'

/** A row of the columns `sumsOfRuns`. */
export type SumsRow = Readonly<Record<string, number | string | Buffer | null>>

/** Sums over the runs of a group. */
export interface GroupSums {
  readonly group: UsageRow['group']
  /** In the order of `countNames`. */
  readonly counts: readonly number[]
  /** In the order of `sumNames`; `undefined` if no run has one. */
  readonly sums: readonly (bigint | undefined)[]
  /** In the order of `distributionNames`. */
  readonly values: readonly (readonly Buffer[])[]
}

export const sumsOfRow = (row: SumsRow, group: UsageRow['group']): GroupSums => ({
  group,
  counts: countNames.map(name => Number(row[name])),
  sums: sumNames.map(name => (row[name] === null ? undefined : BigInt(row[name] as string))),
  values: distributionNames.map(name => (row[name] === null ? [] : [row[name] as Buffer])),
})

/** The sums of several groups as those of one. */
export function together(all: readonly GroupSums[], group: UsageRow['group']): GroupSums {
  const [first] = all
  if (first && all.length === 1) return { ...first, group }
  const column = <T>(of: (one: GroupSums) => T) => all.map(of)
  return {
    group,
    counts: countNames.map((_, index) => column(one => one.counts[index] ?? 0).reduce((a, b) => a + b, 0)),
    sums: sumNames.map((_, index) =>
      column(one => one.sums[index]).reduce((a, b) => (a === undefined ? b : a + (b ?? 0n)), undefined),
    ),
    values: distributionNames.map((_, index) => all.flatMap(one => one.values[index] ?? [])),
  }
}

/** Sums of the same group are added. */
export function byGroup(all: readonly GroupSums[]): GroupSums[] {
  const groups = Map.groupBy(all, ({ group }) => JSON.stringify(Object.values(group)))
  return [...groups.values()].map(some => together(some, some[0]?.group ?? {}))
}

export const sumNamed = (sums: GroupSums, name: string): bigint | undefined =>
  sums.sums[sumNames.indexOf(name)]

/** @throws {RuntapeError} `sum-too-large` */
export async function draftOf(sums: GroupSums): Promise<UsageRowDraft> {
  const [runs = 0, succeeded = 0, failed = 0, cancelled = 0, unfinished = 0, ...others] = sums.counts
  const [unknownUsageRuns = 0, positive = 0, negative = 0, unpricedRuns = 0] = others
  const [tokens, cost] = [tokensOf(sums), sumNamed(sums, 'nano_usd')]
  const nanoUsd = cost === undefined ? undefined : exactSum('cost', cost)
  const [durationMs, timeToFirstTokenMs] = [
    await distributionOf(sums.values[0] ?? []),
    await distributionOf(sums.values[1] ?? []),
  ]
  return {
    group: sums.group,
    ...{ runs, succeeded, failed, cancelled, unfinished, unknownUsageRuns, positive, negative, unpricedRuns },
    ...(tokens && { tokens }),
    ...(nanoUsd !== undefined && { cost: { nanoUsd, unpricedRuns } }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

function tokensOf(sums: GroupSums): TokenUsage | undefined {
  const known = (Object.entries(usageColumns) as [keyof TokenUsage, string][]).flatMap(([field, column]) => {
    const sum = sumNamed(sums, column)
    return sum === undefined ? [] : [[field, exactSum(field, sum)] as const]
  })
  return known.length === 0 ? undefined : (Object.fromEntries(known) as unknown as TokenUsage)
}
