import type { UsageDimension, UsageRow } from '@runtape/core'
import { compareGroups } from '@runtape/core/store-helpers'
import type { Block } from '../rows/blocks.ts'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { segmentRows } from '../rows/segment-size.ts'
import type { Coder } from './coders.ts'

/** Numbers the groups that runs are in by one or several dimensions. */
export class Groups {
  readonly #coders: readonly Coder[]
  readonly #model: number
  /** For each dimension: the number of the group before, with a code → the number of the group. */
  readonly #next: readonly Map<number, number>[]
  readonly #counts: number[]
  readonly #codes: number[][] = []
  readonly #groups = new Int32Array(segmentRows)

  constructor(coders: readonly Coder[]) {
    this.#coders = coders
    this.#model = coders.findIndex(({ dimension }) => dimension === 'model')
    this.#next = coders.map(() => new Map())
    this.#counts = coders.map(() => 0)
  }

  get columns(): readonly NumberColumn[] {
    return this.#coders.map(({ column }) => column)
  }

  /** How many groups there are. Without dimensions there is one, with or without runs. */
  get size(): number {
    return this.#coders.length === 0 ? 1 : this.#codes.length
  }

  /** The group of each run of a block; -1 where `isCounted` is false. */
  of(block: Block, isCounted: Uint8Array): Int32Array {
    const groups = this.#groups
    for (let place = 0; place < block.size; place++) groups[place] = isCounted[place] === 1 ? 0 : -1
    const before = this.#coders.map(() => 0)
    const columns = this.#coders.map(({ column }) => block.column(column))
    const last = this.#coders.length - 1
    if (last < 0) return groups
    for (let place = 0; place < block.size; place++) {
      if (groups[place] === -1) continue
      for (let at = 0; at <= last; at++) {
        const coder = this.#coders[at] as Coder
        before[at] = coder.codeOf((columns[at] as Float64Array)[place] as number)
      }
      groups[place] = this.#groupOf(before)
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
    return codes.length === 0 ? 0 : this.#groupOf(codes)
  }

  /** The group of the run at `place` with another model in the model's place. */
  withModel(block: Block, place: number, model: number): number {
    const codes = this.#coders.map((coder, at) =>
      at === this.#model ? coder.codeOf(model) : coder.codeOf(block.column(coder.column)[place] as number),
    )
    return codes.length === 0 ? 0 : this.#groupOf(codes)
  }

  /** The rows' groups by number. */
  labels(): UsageRow['group'][] {
    if (this.#coders.length === 0) return [{}]
    return this.#codes.map(codes => {
      const entries = this.#coders.map((coder, at) => [coder.dimension, coder.label(codes[at] as number)])
      return Object.fromEntries(entries) as Partial<Record<UsageDimension, string>>
    })
  }

  /** The numbers of the groups in the order of their labels. */
  inOrder(): number[] {
    const keys = new Float64Array(this.size)
    let most = 1
    for (const [at, coder] of this.#coders.entries()) {
      const ranks = ranksOf(
        coder,
        this.#codes.map(codes => codes[at] as number),
      )
      most *= ranks.size
      for (const [group, codes] of this.#codes.entries())
        keys[group] = (keys[group] as number) * ranks.size + (ranks.get(codes[at] as number) as number)
    }
    const order = Array.from(keys.keys())
    if (most <= Number.MAX_SAFE_INTEGER)
      return order.sort((a, b) => (keys[a] as number) - (keys[b] as number))
    const [labels, dimensions] = [this.labels(), this.#coders.map(({ dimension }) => dimension)]
    return order.sort((a, b) => compareGroups(labels[a] ?? {}, labels[b] ?? {}, dimensions))
  }

  #groupOf(codes: readonly number[]): number {
    let group = 0
    for (let at = 0; at < codes.length; at++) {
      const next = this.#next[at] as Map<number, number>
      const key = group * 2 ** 32 + (codes[at] as number)
      const known = next.get(key)
      if (known === undefined) {
        group = this.#counts[at] as number
        this.#counts[at] = group + 1
        next.set(key, group)
        if (at === codes.length - 1) this.#codes.push([...codes])
      } else group = known
    }
    return group
  }
}

/** The place of each code among the others of its dimension: rows are many, and what they are grouped by has few labels. */
function ranksOf(coder: Coder, codes: readonly number[]): Map<number, number> {
  const { dimension } = coder
  const groups = [...new Set(codes)].map(code => ({ code, group: { [dimension]: coder.label(code) } }))
  groups.sort((a, b) => compareGroups(a.group, b.group, [dimension]))
  return new Map(groups.map(({ code }, rank) => [code, rank]))
}
