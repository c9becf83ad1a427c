import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TokenUsage } from '@runtape/core'
import type { Distribution, UsageRow } from '@runtape/core/store'
import { exactSum, type UsageRowDraft } from '@runtape/core/store-helpers'
import { usageColumns } from '../runs/run-row.ts'
import { countNames, distributionNames, sumNames } from './columns.ts'
import { distributionOf, type ValueList } from './distribution.ts'

/** A row of the columns `sumsOfRuns`. */
export type SumsRow = Readonly<Record<string, number | string | Buffer | null>>

/** Sums over the runs of a group. */
export interface GroupSums {
  readonly group: UsageRow['group']
  /** In the order of `countNames`. */
  readonly counts: readonly number[]
  /** In the order of `sumNames`; `undefined` if no run has one. */
  readonly sums: readonly (Sum | undefined)[]
  /** In the order of `distributionNames`. */
  readonly values: readonly (readonly ValueList[])[]
}

export const sumsOfRow = (row: SumsRow, group: UsageRow['group']): GroupSums => ({
  group,
  counts: countNames.map(name => Number(row[name])),
  sums: sumNames.map(name => (row[name] === null ? undefined : exactly(row[name] as string))),
  values: distributionNames.map(name => (row[name] === null ? [] : [row[name] as Buffer])),
})

/** There may be a row for each customer and day, and few sums need a `bigint`. */
type Sum = number | bigint

const exactly = (sum: string): Sum => (sum.length <= 15 ? Number(sum) : BigInt(sum))

function plus(a: Sum | undefined, b: Sum | undefined): Sum | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const sum = Number(a) + Number(b)
  return Number.isSafeInteger(sum) ? sum : BigInt(a) + BigInt(b)
}

const exact = (field: string, sum: Sum): number => (typeof sum === 'number' ? sum : exactSum(field, sum))

/** The sums of several groups as those of one. */
export function together(given: readonly GroupSums[], group: UsageRow['group']): GroupSums {
  const all = given.map(({ counts, sums, values }) => ({ counts, sums, values }))
  const [first] = all
  if (first && all.length === 1)
    return { group, counts: first.counts, sums: first.sums, values: first.values }
  const column = <T>(of: (one: Omit<GroupSums, 'group'>) => T) => all.map(of)
  return {
    group,
    counts: countNames.map((_, index) => column(one => one.counts[index] ?? 0).reduce((a, b) => a + b, 0)),
    sums: sumNames.map((_, index) => column(one => one.sums[index]).reduce<Sum | undefined>(plus, undefined)),
    values: distributionNames.map((_, index) => all.flatMap(one => one.values[index] ?? [])),
  }
}

/** Number of groups that are added in one turn. */
const groupsAtOnce = 2048

/** Sums of the same group are added. */
export async function byGroup(all: readonly GroupSums[]): Promise<GroupSums[]> {
  const groups = new Map<string, GroupSums[]>()
  for (const [index, one] of all.entries()) {
    const key = JSON.stringify(Object.values(one.group))
    const known = groups.get(key)
    if (known) known.push(one)
    else groups.set(key, [one])
    if (index % groupsAtOnce === groupsAtOnce - 1) await nextTurn()
  }
  const sums: GroupSums[] = []
  for (const some of groups.values()) {
    // One alone makes its lists when they are read.
    sums.push(some.length === 1 ? (some[0] as GroupSums) : together(some, some[0]?.group ?? {}))
    if (sums.length % groupsAtOnce === 0) await nextTurn()
  }
  return sums
}

export const sumNamed = (sums: GroupSums, name: string): Sum | undefined => sums.sums[sumNames.indexOf(name)]

/**
 * The row of a bill. A promise if there are so many durations that they are sorted in several turns.
 *
 * @throws {RuntapeError} `sum-too-large`
 */
export function draftOf(given: GroupSums): UsageRowDraft | Promise<UsageRowDraft> {
  // They may be made anew each time.
  const sums = { group: given.group, counts: given.counts, sums: given.sums, values: given.values }
  const [durations, firstTokens] = [
    distributionOf(sums.values[0] ?? []),
    distributionOf(sums.values[1] ?? []),
  ]
  if (durations instanceof Promise || firstTokens instanceof Promise)
    return Promise.all([durations, firstTokens]).then(([a, b]) => draftWith(sums, a, b))
  return draftWith(sums, durations, firstTokens)
}

function draftWith(
  sums: GroupSums,
  durationMs: Distribution | undefined,
  timeToFirstTokenMs: Distribution | undefined,
): UsageRowDraft {
  const [runs = 0, succeeded = 0, failed = 0, cancelled = 0, unfinished = 0, ...others] = sums.counts
  const [unknownUsageRuns = 0, positive = 0, negative = 0, unpricedRuns = 0] = others
  const [tokens, cost] = [tokensOf(sums), sumNamed(sums, 'nano_usd')]
  return {
    group: sums.group,
    ...{ runs, succeeded, failed, cancelled, unfinished, unknownUsageRuns, positive, negative, unpricedRuns },
    ...(tokens && { tokens }),
    ...(cost !== undefined && { cost: { nanoUsd: exact('cost', cost), unpricedRuns } }),
    ...(durationMs && { durationMs }),
    ...(timeToFirstTokenMs && { timeToFirstTokenMs }),
  }
}

const tokenFields = Object.keys(usageColumns) as (keyof TokenUsage)[]

/** The columns of tokens are the first of `sumNames`. */
function tokensOf({ sums }: GroupSums): TokenUsage | undefined {
  const tokens: Partial<Record<keyof TokenUsage, number>> = {}
  for (const [index, field] of tokenFields.entries()) {
    const sum = sums[index]
    if (sum !== undefined) tokens[field] = exact(field, sum)
  }
  return Object.keys(tokens).length === 0 ? undefined : (tokens as TokenUsage)
}
