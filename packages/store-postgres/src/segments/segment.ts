import { decodeText } from '@runtape/core/store-helpers'
import { distributionNames, sumNames } from '../usage/columns.ts'
import { amountNames, listOf, segmentColumns, shapeNames } from './segment-columns.ts'

/** A row of `usage_quarters`. */
export type SegmentRow = Readonly<Record<string, string | number | Buffer | null>> & {
  readonly quarter: number
}

const ofCustomers = ['customers', 'customer']

/** The columns that `segmentOfRow` needs. Those of customers are the larger half. */
export const readColumns = (byCustomer: boolean): readonly string[] => [
  'quarter',
  ...segmentColumns
    .slice(2)
    .map(([name]) => name)
    .filter(name => byCustomer || !ofCustomers.includes(name)),
  ...distributionNames,
]

/** What several runs share, by the names of columns of `runs`. */
export type Shape = Readonly<Record<(typeof shapeNames)[number], string | number | boolean | null>>

/** The runs of a quarter of an hour, by column. */
export interface Segment {
  readonly quarter: number
  readonly runs: number
  readonly shapes: readonly Shape[]
  /** Empty if they were not read. */
  readonly customers: readonly string[]
  shapeOf(run: number): number
  customerOf(run: number): number
  /** The known values of each amount, in the order of the runs that have one. */
  readonly amounts: readonly Amounts[]
}

/** Reads the next known value. */
type Amounts = () => number

export function segmentOfRow(row: SegmentRow): Segment {
  const shapes = shapesOf(row.shapes as string)
  const customers = row.customers === undefined ? [] : textsOf(row.customers as string)
  const [shape, width] = [row.shape as Buffer, widthOf(shapes.length)]
  const runs = shape.length / width
  const shapeOf = readerOf(shape, width)
  const counts = knownCounts(shapes, runs, shapeOf)
  const columnOf = (name: string) =>
    row[(sumNames.includes(name) ? listOf(name) : name) as string] as Buffer | null
  return {
    quarter: row.quarter,
    ...{ runs, shapes, customers, shapeOf },
    customerOf: readerOf(row.customer as Buffer, widthOf(customers.length)),
    amounts: amountNames.map((name, index) => amountsOf(columnOf(name), counts[index] ?? 0)),
  }
}

/** Texts of columns, as Postgres has put them into JSON. */
const textsOf = (json: string): string[] => (JSON.parse(json) as string[]).map(decodeText)

/** Quarters after each other have the same shapes. */
const [knownShapes, mostKnown] = [new Map<string, readonly Shape[]>(), 100]

function shapesOf(json: string): readonly Shape[] {
  const known = knownShapes.get(json)
  if (known) return known
  const decoded = (value: unknown) => (typeof value === 'string' ? decodeText(value) : value)
  const shapes = (JSON.parse(json) as unknown[][]).map(
    values => Object.fromEntries(shapeNames.map((name, index) => [name, decoded(values[index])])) as Shape,
  )
  if (knownShapes.size >= mostKnown) knownShapes.clear()
  knownShapes.set(json, shapes)
  return shapes
}

/** Bytes of the place in a list. */
const widthOf = (places: number): number => (places > 65_536 ? 4 : 2)

const readerOf = (bytes: Buffer, width: number): ((index: number) => number) =>
  width === 2
    ? index => ((bytes[2 * index] as number) << 8) | (bytes[2 * index + 1] as number)
    : index => bytes.readUInt32BE(4 * index)

/** How many runs have each amount. */
function knownCounts(shapes: readonly Shape[], runs: number, shapeOf: (run: number) => number): number[] {
  const ofShape = new Array<number>(shapes.length).fill(0)
  for (let run = 0; run < runs; run++) ofShape[shapeOf(run)] = (ofShape[shapeOf(run)] ?? 0) + 1
  return amountNames.map((_, bit) =>
    shapes.reduce((sum, shape, place) => (hasAmount(shape, bit) ? sum + (ofShape[place] ?? 0) : sum), 0),
  )
}

export const hasAmount = ({ known }: Shape, bit: number): boolean => ((known as number) & (1 << bit)) !== 0

/** Numbers of four bytes, or doubles. */
function amountsOf(bytes: Buffer | null, count: number): Amounts {
  if (bytes === null || count === 0) return () => 0
  let at = 0
  if (bytes.length === 4 * count)
    return () => {
      at += 4
      return bytes.readUInt32BE(at - 4)
    }
  return () => {
    at += 8
    return bytes.readDoubleBE(at - 8)
  }
}
