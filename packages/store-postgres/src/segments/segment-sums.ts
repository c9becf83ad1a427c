import type { RunFilter, UsageDimension, UsageRow } from '@runtape/core/store'
import type { Checked } from '@runtape/core/store-helpers'
import { countNames } from '../usage/columns.ts'
import type { GroupTotals } from './group-totals.ts'
import { hasAmount, type Segment, type Shape } from './segment.ts'
import { amountNames } from './segment-columns.ts'
import { type AmountRange, passesShape, rangesOf } from './segment-filter.ts'

/** Which of the counts of a run its shape raises, in the order of `countNames`. */
const isCounted: Readonly<Record<(typeof countNames)[number], (shape: Shape) => boolean>> = {
  runs: () => true,
  succeeded: ({ outcome }) => outcome === 'success',
  failed: ({ outcome }) => outcome === 'error',
  cancelled: ({ outcome }) => outcome === 'cancelled',
  unfinished: ({ outcome }) => outcome === 'unfinished',
  unknown_usage: ({ is_unknown }) => is_unknown === true,
  positive: ({ feedback }) => feedback === 'positive',
  negative: ({ feedback }) => feedback === 'negative',
  unpriced: ({ is_unpriced }) => is_unpriced === true,
}

const shapeColumns = {
  config: 'config_key',
  variation: 'variation_key',
  version: 'version',
  model: 'model',
  provider: 'provider',
  contextKind: 'context_kind',
} as const satisfies Partial<Record<UsageDimension, keyof Shape>>

/** What the runs of a shape add, and where. */
interface OfShape {
  readonly passes: boolean
  readonly counts: readonly number[]
  /** The amounts that the runs have. */
  readonly amounts: readonly number[]
  /** Numbers of groups by customer, or of the one group. */
  readonly groups: Map<string, number>
  readonly labels: UsageRow['group']
}

export interface SegmentBill {
  readonly query: Checked<RunFilter>
  readonly groupBy: readonly UsageDimension[]
  readonly totals: GroupTotals
}

/** Adds the runs of segments to the sums of their groups. */
export class SegmentSums {
  readonly #bill: SegmentBill
  readonly #ranges: readonly AmountRange[]
  readonly #byCustomer: boolean
  #last: { shapes: readonly Shape[]; key: string; own: readonly OfShape[] } | undefined
  /** The groups of each time and shape, by their labels. */
  readonly #groups = new Map<string, Map<string, number>>()

  constructor(bill: SegmentBill) {
    this.#bill = bill
    this.#ranges = rangesOf(bill.query)
    this.#byCustomer = bill.groupBy.includes('contextKey')
  }

  /** @param times the labels of the time of the segment */
  add(segment: Segment, times: UsageRow['group']): void {
    const shapes = this.#ofShapes(segment.shapes, times)
    const values = new Array<number>(amountNames.length).fill(0)
    for (let run = 0; run < segment.runs; run++) {
      const own = shapes[segment.shapeOf(run)] as OfShape
      // Those of runs that do not pass are read over.
      for (const amount of own.amounts) values[amount] = (segment.amounts[amount] as () => number)()
      if (own.passes && this.#isInRanges(values)) this.#addRun(own, this.#customer(segment, run), values)
    }
  }

  #addRun({ amounts, counts, groups, labels }: OfShape, customer: string, values: readonly number[]): void {
    const { totals } = this.#bill
    let group = groups.get(customer)
    if (group === undefined) {
      group = totals.add(this.#byCustomer ? { ...labels, contextKey: customer } : labels)
      groups.set(customer, group)
    }
    totals.count(group, counts)
    for (const amount of amounts) totals.sum(group, amount, values[amount] as number)
  }

  #customer({ customers, customerOf }: Segment, run: number): string {
    return this.#byCustomer ? (customers[customerOf(run)] as string) : ''
  }

  #isInRanges(values: readonly number[]): boolean {
    for (const { amount, least, most } of this.#ranges) {
      const value = values[amount] as number
      if (value < least || value > most) return false
    }
    return true
  }

  /** Quarters after each other often have the same list of shapes, and the same times. */
  #ofShapes(shapes: readonly Shape[], times: UsageRow['group']): readonly OfShape[] {
    const key = Object.values(times).join(' ')
    if (this.#last?.shapes !== shapes || this.#last.key !== key)
      this.#last = { shapes, key, own: shapes.map(shape => this.#ofShape(shape, times)) }
    return this.#last.own
  }

  #ofShape(shape: Shape, times: UsageRow['group']): OfShape {
    const labels = this.#labelsOf(shape, times)
    const key = JSON.stringify(Object.values(labels))
    const groups = this.#groups.get(key) ?? new Map<string, number>()
    this.#groups.set(key, groups)
    return {
      passes: passesShape(this.#bill.query, shape),
      counts: countNames.flatMap((name, index) => (isCounted[name](shape) ? [index] : [])),
      amounts: amountNames.flatMap((_, index) => (hasAmount(shape, index) ? [index] : [])),
      ...{ groups, labels },
    }
  }

  /** In the order of the query, so that equal groups have equal JSON. */
  #labelsOf(shape: Shape, times: UsageRow['group']): UsageRow['group'] {
    const labels: Record<string, string> = {}
    for (const dimension of this.#bill.groupBy) {
      const column = shapeColumns[dimension as keyof typeof shapeColumns] as keyof Shape | undefined
      const time = times[dimension]
      if (column)
        labels[dimension] = shape[column] === null && column === 'context_kind' ? '' : String(shape[column])
      else labels[dimension] = time ?? ''
    }
    return labels
  }
}
