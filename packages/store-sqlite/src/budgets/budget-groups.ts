import type { BudgetFilter } from '@runtape/core/store'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import type { BudgetWindow } from './budget-window.ts'

export const columnOfFilter = {
  contextKey: 'context_key',
  configKey: 'config',
  model: 'model',
  contextKind: 'context_kind',
} as const satisfies Record<keyof BudgetFilter, NumberColumn>

/** The most selective first: groups are looked up by the first field that their filter has. */
const fields = Object.keys(columnOfFilter) as (keyof typeof columnOfFilter)[]

type Facts = ReadonlyMap<NumberColumn, Float64Array>

/** Sums of the runs that pass one filter, per interval between the starts of its windows. */
class BudgetGroup {
  readonly runs: Float64Array
  readonly nanoUsd: Float64Array
  readonly priced: Float64Array
  readonly tokens: Float64Array
  readonly counted: Float64Array
  readonly unpriced: Float64Array
  readonly unknown: Float64Array
  /** Ascending. */
  readonly #starts: readonly number[]
  /** Facts that a run must have besides the lookup key of the group. */
  readonly others: readonly (readonly [column: NumberColumn, id: number])[]

  constructor(starts: readonly number[], others: BudgetGroup['others']) {
    this.#starts = [...new Set(starts)].sort((a, b) => a - b)
    this.others = others
    const sums = () => new Float64Array(this.#starts.length)
    this.runs = sums()
    this.nanoUsd = sums()
    this.priced = sums()
    this.tokens = sums()
    this.counted = sums()
    this.unpriced = sums()
    this.unknown = sums()
  }

  /** Index of the last window that starts at or before `at`, or -1. A run counts in it and in all earlier ones. */
  bucketAt(at: number): number {
    let [low, high] = [-1, this.#starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] as number) <= at) low = middle
      else high = middle - 1
    }
    return low
  }

  passes(facts: Facts, place: number): boolean {
    for (const [column, id] of this.others) if (facts.get(column)?.[place] !== id) return false
    return true
  }
}

/** Windows grouped by their filter, so that a run is not compared with every window. */
export class BudgetGroups {
  readonly #ofWindow: readonly BudgetGroup[]
  readonly #ofAll: BudgetGroup[] = []
  readonly #byFact = new Map<NumberColumn, Map<number, BudgetGroup[]>>()
  readonly #found: BudgetGroup[] = []

  constructor(windows: readonly BudgetWindow[], texts: ReadTexts) {
    const keyOf = ({ budget: { where = {} } }: BudgetWindow) =>
      JSON.stringify(fields.map(name => where[name]))
    const groups = new Map<string, BudgetGroup>()
    for (const [key, own] of Map.groupBy(windows, keyOf))
      groups.set(
        key,
        this.#add(
          own[0]?.budget.where ?? {},
          own.map(({ since }) => since),
          texts,
        ),
      )
    this.#ofWindow = windows.map(window => groups.get(keyOf(window)) as BudgetGroup)
  }

  ofWindow(at: number): BudgetGroup {
    return this.#ofWindow[at] as BudgetGroup
  }

  /** The groups that a run belongs to. Valid until the next call. */
  of(facts: Facts, place: number): readonly BudgetGroup[] {
    const found = this.#found
    found.length = 0
    for (const group of this.#ofAll) found.push(group)
    for (const [column, byId] of this.#byFact) {
      const some = byId.get(facts.get(column)?.[place] as number)
      if (some) for (const group of some) if (group.passes(facts, place)) found.push(group)
    }
    return found
  }

  #add(where: BudgetFilter, starts: readonly number[], texts: ReadTexts): BudgetGroup {
    const wanted = fields.flatMap(name => {
      const text = where[name]
      return text === undefined ? [] : [[columnOfFilter[name], texts.idOf(text)] as const]
    })
    const [first, ...others] = wanted
    const group = new BudgetGroup(starts, others)
    if (first === undefined) this.#ofAll.push(group)
    else this.#listOf(...first).push(group)
    return group
  }

  #listOf(column: NumberColumn, id: number): BudgetGroup[] {
    const byId = this.#byFact.get(column) ?? new Map<number, BudgetGroup[]>()
    this.#byFact.set(column, byId)
    const list = byId.get(id) ?? []
    byId.set(id, list)
    return list
  }
}
