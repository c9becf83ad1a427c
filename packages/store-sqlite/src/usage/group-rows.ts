import type { Sliced } from '../reading/in-slices.ts'
import { sortInSlices } from '../reading/sort-in-slices.ts'

/** Which groups are in which row of a bill. */
export interface GroupRows {
  /** The groups that have their own row, in the order of the rows. */
  readonly kept: Int32Array
  /** The groups that share the last row, if any. */
  readonly rest: Int32Array
}

export const sizeOf = ({ kept, rest }: GroupRows): number => kept.length + (rest.length > 0 ? 1 : 0)

export const rowsIn = (order: Int32Array, limit = order.length): GroupRows => ({
  kept: order.slice(0, limit),
  rest: order.slice(limit),
})

/** Sorts the groups with the highest numbers first and those without one (NaN) last. Equal ones keep their order. */
export function* highestFirst(order: Int32Array, numbers: Float64Array | undefined): Sliced<Int32Array> {
  if (numbers === undefined) return order
  const rankOf = (group: number): number => {
    const number = numbers[group] as number
    return Number.isNaN(number) ? -1 : number
  }
  return Int32Array.from(yield* sortInSlices([...order], (a, b) => rankOf(b) - rankOf(a)))
}
