import type { UsageRow } from '@runtape/core/store'
import { compareGroups } from '@runtape/core/store-helpers'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import type { Block } from '../rows/blocks.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { segmentRows } from '../rows/segment-size.ts'
import type { Coder } from './coders.ts'
import { PairNumbers } from './pair-numbers.ts'
import type { LabelColumn } from './usage-table.ts'

/** Number of groups processed before other work runs. */
const between = 16_384

export interface GroupsInOrder {
  /** The group numbers in the order of their labels. */
  readonly order: Int32Array
  readonly labels: readonly LabelColumn[]
}

/** Assigns numbers to the groups of runs, by one or several dimensions. */
export class Groups {
  readonly #coders: readonly Coder[]
  /** Time comes first: runs that are stored together mostly began together, so their group numbers are close. */
  readonly #near: readonly Coder[]
  readonly #model: number
  /** For each dimension: the previous group number and a code → the next group number. */
  readonly #levels: readonly PairNumbers[]
  readonly #groups = new Int32Array(segmentRows)

  constructor(coders: readonly Coder[]) {
    this.#coders = coders
    const isOfTime = ({ column }: Coder) => column === 'first_at'
    this.#near = [...coders.filter(isOfTime), ...coders.filter(coder => !isOfTime(coder))]
    this.#model = this.#near.findIndex(({ dimension }) => dimension === 'model')
    this.#levels = coders.map(() => new PairNumbers())
  }

  get columns(): readonly NumberColumn[] {
    return this.#coders.map(({ column }) => column)
  }

  /** Number of groups. Without dimensions there is one group, even without runs. */
  get size(): number {
    return this.#levels.at(-1)?.size ?? 1
  }

  /** The group of each run of a block; -1 if `isCounted` is 0. */
  of(block: Block, isCounted: Uint8Array): Int32Array {
    const groups = this.#groups
    for (let place = 0; place < block.size; place++) groups[place] = isCounted[place] === 1 ? 0 : -1
    for (const [at, coder] of this.#near.entries()) {
      const [values, level] = [block.column(coder.column), this.#levels[at] as PairNumbers]
      for (let place = 0; place < block.size; place++) {
        const before = groups[place] as number
        if (before >= 0) groups[place] = level.numberOf(before, coder.codeOf(values[place] as number))
      }
    }
    return groups
  }

  /** The group of all runs that began in a quarter of an hour; `undefined` if they are in several, or it is unknown. */
  ofQuarter(quarter: number): number | undefined {
    const codes: number[] = []
    for (const coder of this.#near) {
      const code = coder.codeOfQuarter?.(quarter)
      if (code === undefined) return undefined
      codes.push(code)
    }
    return this.#groupOf(codes)
  }

  /** The group of the run at `place` if another model is used. */
  withModel(block: Block, place: number, model: number): number {
    const codes = this.#near.map((coder, at) =>
      at === this.#model ? coder.codeOf(model) : coder.codeOf(block.column(coder.column)[place] as number),
    )
    return this.#groupOf(codes)
  }

  /** The labels of the groups, and the group numbers in the order of their labels. */
  *inOrder(): Sliced<GroupsInOrder> {
    const labels: LabelColumn[] = []
    for (const coder of this.#coders) labels.push(yield* rankedLabels(coder, yield* this.#codesOf(coder)))
    let order: Int32Array = new Int32Array(this.size)
    for (let group = 0; group < order.length; group++) order[group] = group
    for (const label of labels.toReversed()) order = yield* orderedBy(label, order)
    return { order, labels }
  }

  /** The code of each group in a dimension. */
  *#codesOf(coder: Coder): Sliced<Float64Array> {
    const codes = new Float64Array(this.size)
    const dimension = this.#near.indexOf(coder)
    for (let group = 0; group < codes.length; group++) {
      let number = group
      for (let at = this.#levels.length - 1; at > dimension; at--)
        number = (this.#levels[at] as PairNumbers).firsts[number] as number
      codes[group] = (this.#levels[dimension] as PairNumbers).seconds[number] as number
      if (group % between === between - 1) yield
    }
    return codes
  }

  #groupOf(codes: readonly number[]): number {
    let group = 0
    for (const [at, code] of codes.entries()) group = (this.#levels[at] as PairNumbers).numberOf(group, code)
    return group
  }
}

/** Sorts groups by their ranks. Groups with the same rank keep their order. */
function* orderedBy({ names, ranks }: LabelColumn, order: Int32Array): Sliced<Int32Array> {
  const next = new Int32Array(names.length + 1)
  for (let group = 0; group < ranks.length; group++) {
    ;(next[(ranks[group] as number) + 1] as number)++
    if (group % between === between - 1) yield
  }
  for (let rank = 1; rank < next.length; rank++) (next[rank] as number) += next[rank - 1] as number
  const ordered = new Int32Array(order.length)
  for (let at = 0; at < order.length; at++) {
    const group = order[at] as number
    const rank = ranks[group] as number
    const place = next[rank] as number
    ordered[place] = group
    next[rank] = place + 1
    if (at % between === between - 1) yield
  }
  return ordered
}

interface Label {
  readonly code: number
  readonly name: string
  readonly group: UsageRow['group']
}

/** The sorted labels of codes, and the rank of each code. There are many rows but usually few labels. */
function* rankedLabels(coder: Coder, codes: Float64Array): Sliced<LabelColumn> {
  const { dimension } = coder
  const labels: Label[] = []
  const known = new Set<number>()
  for (let group = 0; group < codes.length; group++) {
    const code = codes[group] as number
    if (group % between === between - 1) yield
    if (known.has(code)) continue
    known.add(code)
    const name = coder.label(code)
    labels.push({ code, name, group: { [dimension]: name } })
    if (labels.length % 128 === 0) yield
  }
  const sorted = yield* sortInSlices(labels, (a, b) => compareGroups(a.group, b.group, [dimension]))
  const rankOf = new Map(sorted.map(({ code }, rank) => [code, rank]))
  const ranks = new Uint32Array(codes.length)
  for (let group = 0; group < codes.length; group++) {
    ranks[group] = rankOf.get(codes[group] as number) as number
    if (group % between === between - 1) yield
  }
  return { dimension, names: sorted.map(({ name }) => name), ranks }
}
