import type { UsageRow } from '@runtape/core'
import { compareGroups } from '@runtape/core/store-helpers'
import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'
import type { Block } from '../rows/blocks.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { segmentRows } from '../rows/segment-size.ts'
import type { Coder } from './coders.ts'
import { PairNumbers } from './pair-numbers.ts'
import type { LabelColumn } from './usage-table.ts'

/** Numbers the groups that runs are in by one or several dimensions. */
export class Groups {
  readonly #coders: readonly Coder[]
  readonly #model: number
  /** For each dimension: the number of the group before, with a code → the number of the group. */
  readonly #levels: readonly PairNumbers[]
  readonly #groups = new Int32Array(segmentRows)

  constructor(coders: readonly Coder[]) {
    this.#coders = coders
    this.#model = coders.findIndex(({ dimension }) => dimension === 'model')
    this.#levels = coders.map(() => new PairNumbers())
  }

  get columns(): readonly NumberColumn[] {
    return this.#coders.map(({ column }) => column)
  }

  /** How many groups there are. Without dimensions there is one, with or without runs. */
  get size(): number {
    return this.#levels.at(-1)?.size ?? 1
  }

  /** The group of each run of a block; -1 where `isCounted` is false. */
  of(block: Block, isCounted: Uint8Array): Int32Array {
    const groups = this.#groups
    for (let place = 0; place < block.size; place++) groups[place] = isCounted[place] === 1 ? 0 : -1
    for (const [at, coder] of this.#coders.entries()) {
      const [values, level] = [block.column(coder.column), this.#levels[at] as PairNumbers]
      for (let place = 0; place < block.size; place++) {
        const before = groups[place] as number
        if (before >= 0) groups[place] = level.numberOf(before, coder.codeOf(values[place] as number))
      }
    }
    return groups
  }

  /** The group of all runs that began in a quarter of an hour; `undefined` if they are in several, or it is not known. */
  ofQuarter(quarter: number): number | undefined {
    const codes: number[] = []
    for (const coder of this.#coders) {
      const code = coder.codeOfQuarter?.(quarter)
      if (code === undefined) return undefined
      codes.push(code)
    }
    return this.#groupOf(codes)
  }

  /** The group of the run at `place` with another model in the model's place. */
  withModel(block: Block, place: number, model: number): number {
    const codes = this.#coders.map((coder, at) =>
      at === this.#model ? coder.codeOf(model) : coder.codeOf(block.column(coder.column)[place] as number),
    )
    return this.#groupOf(codes)
  }

  /** The labels of the groups, and the numbers of the groups in the order of their labels. */
  *inOrder(): Sliced<{ readonly order: readonly number[]; readonly labels: readonly LabelColumn[] }> {
    const keys = new Float64Array(this.size)
    const labels: LabelColumn[] = []
    for (const [at, coder] of this.#coders.entries()) {
      const codes = yield* this.#codesOf(at)
      const column = yield* rankedLabels(coder, codes)
      for (let group = 0; group < keys.length; group++)
        keys[group] = (keys[group] as number) * column.names.length + (column.ranks[group] as number)
      labels.push(column)
      yield
    }
    const most = labels.reduce((product, { names }) => product * names.length, 1)
    const byKey = (a: number, b: number) => (keys[a] as number) - (keys[b] as number)
    const compare = most <= Number.MAX_SAFE_INTEGER ? byKey : byRanks(labels)
    return { order: yield* sortInSlices(Array.from(keys.keys()), compare), labels }
  }

  /** The code of each group in a dimension. */
  *#codesOf(dimension: number): Sliced<Float64Array> {
    const codes = new Float64Array(this.size)
    for (let group = 0; group < codes.length; group++) {
      let number = group
      for (let at = this.#levels.length - 1; at > dimension; at--)
        number = (this.#levels[at] as PairNumbers).firsts[number] as number
      codes[group] = (this.#levels[dimension] as PairNumbers).seconds[number] as number
      if (group % 65_536 === 65_535) yield
    }
    return codes
  }

  #groupOf(codes: readonly number[]): number {
    let group = 0
    for (const [at, code] of codes.entries()) group = (this.#levels[at] as PairNumbers).numberOf(group, code)
    return group
  }
}

const byRanks = (labels: readonly LabelColumn[]) => (a: number, b: number) => {
  for (const { ranks } of labels) {
    const difference = (ranks[a] as number) - (ranks[b] as number)
    if (difference !== 0) return difference
  }
  return 0
}

interface Label {
  readonly code: number
  readonly name: string
  readonly group: UsageRow['group']
}

/** The labels of codes in order, and the rank of each code in them: rows are many, and mostly have few labels. */
function* rankedLabels(coder: Coder, codes: Float64Array): Sliced<LabelColumn> {
  const { dimension } = coder
  const labels: Label[] = []
  for (const code of new Set(codes)) {
    const name = coder.label(code)
    labels.push({ code, name, group: { [dimension]: name } })
    if (labels.length % 128 === 0) yield
  }
  const sorted = yield* sortInSlices(labels, (a, b) => compareGroups(a.group, b.group, [dimension]))
  const rankOf = new Map(sorted.map(({ code }, rank) => [code, rank]))
  const ranks = new Uint32Array(codes.length)
  for (let group = 0; group < codes.length; group++) {
    ranks[group] = rankOf.get(codes[group] as number) as number
    if (group % 16_384 === 16_383) yield
  }
  return { dimension, names: sorted.map(({ name }) => name), ranks }
}
