import type { UsageRow } from '@runtape/core/store'
import { countNames, distributionNames, sumNames } from '../usage/columns.ts'
import type { GroupSums } from '../usage/group-sums.ts'
import { Growing } from './growing.ts'

type ReadGroup = { readonly [Name in 'counts' | 'sums' | 'values']: (group: number) => GroupSums[Name] }

/** There may be a group for each customer and day: its lists are made when they are read. */
class GroupOfTotals implements GroupSums {
  readonly group: UsageRow['group']
  readonly #number: number
  readonly #read: ReadGroup

  constructor(group: UsageRow['group'], number: number, read: ReadGroup) {
    this.group = group
    this.#number = number
    this.#read = read
  }

  get counts(): GroupSums['counts'] {
    return this.#read.counts(this.#number)
  }

  get sums(): GroupSums['sums'] {
    return this.#read.sums(this.#number)
  }

  get values(): GroupSums['values'] {
    return this.#read.values(this.#number)
  }
}

/** 2^53: sums are kept exactly as a multiple of it and a rest. */
const base = 9_007_199_254_740_992

/** Sums by group. */
export class GroupTotals {
  readonly #groups: UsageRow['group'][] = []
  readonly #counts = countNames.map(() => new Growing())
  /** -1: no run has one. */
  readonly #sums = sumNames.map(() => new Growing())
  readonly #carried = sumNames.map(() => new Map<number, bigint>())
  /** The values of runs, each with its group. */
  readonly #values = distributionNames.map(() => ({ group: new Growing(), value: new Growing() }))

  get length(): number {
    return this.#groups.length
  }

  /** Adds a group and returns its number. */
  add(group: UsageRow['group']): number {
    for (const list of this.#counts) list.push(0)
    for (const list of this.#sums) list.push(-1)
    return this.#groups.push(group) - 1
  }

  count(group: number, indexes: readonly number[]): void {
    for (const index of indexes) {
      const { values } = this.#counts[index] as Growing
      values[group] = (values[group] as number) + 1
    }
  }

  /** Adds an amount, in the order of `amountNames`. */
  sum(group: number, index: number, value: number): void {
    if (index >= sumNames.length) {
      const values = this.#values[index - sumNames.length]
      values?.group.push(group)
      values?.value.push(value)
      return
    }
    const { values } = this.#sums[index] as Growing
    const sum = Math.max(0, values[group] as number)
    // Both are below 2^53, so neither difference is rounded.
    if (sum >= base - value) {
      values[group] = sum - (base - value)
      const carried = this.#carried[index]
      carried?.set(group, (carried.get(group) ?? 0n) + 1n)
    } else values[group] = sum + value
  }

  /** @param turn awaited now and then */
  async sums(turn: () => Promise<void>): Promise<GroupSums[]> {
    const valuesOf: ((group: number) => Float64Array | undefined)[] = []
    for (const { group, value } of this.#values) valuesOf.push(await byGroup(group, value, this.length, turn))
    const read: ReadGroup = {
      counts: number => this.#counts.map(({ values }) => values[number] as number),
      sums: number =>
        this.#sums.map(({ values }, index) => this.#sumOf(values[number] as number, index, number)),
      values: number => valuesOf.map(of => [of(number)].filter(values => values !== undefined)),
    }
    return this.#groups.map((group, number) => new GroupOfTotals(group, number, read))
  }

  #sumOf(rest: number, index: number, group: number): number | bigint | undefined {
    if (rest < 0) return undefined
    const carried = this.#carried[index]?.get(group)
    return carried === undefined ? rest : carried * BigInt(base) + BigInt(rest)
  }
}

/** Number of values that are moved in one turn. */
const atOnce = 65_536

/** The values of each group, next to each other. */
async function byGroup(
  group: Growing,
  value: Growing,
  groups: number,
  turn: () => Promise<void>,
): Promise<(group: number) => Float64Array | undefined> {
  const ends = new Uint32Array(groups + 1)
  for (let place = 0; place < group.length; place++) {
    const next = (group.values[place] as number) + 1
    ends[next] = (ends[next] as number) + 1
    if (place % atOnce === atOnce - 1) await turn()
  }
  for (let number = 0; number < groups; number++)
    ends[number + 1] = (ends[number + 1] as number) + (ends[number] as number)
  const [starts, sorted] = [ends.slice(), new Float64Array(value.length)]
  for (let place = 0; place < group.length; place++) {
    const number = group.values[place] as number
    const at = starts[number] as number
    sorted[at] = value.values[place] as number
    starts[number] = at + 1
    if (place % atOnce === atOnce - 1) await turn()
  }
  return number => {
    const [from = 0, to = 0] = [ends[number], ends[number + 1]]
    return from === to ? undefined : sorted.subarray(from, to)
  }
}
