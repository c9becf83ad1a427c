import { counted, countNames } from './counted.ts'
import type { NumberColumn } from './rows-schema.ts'
import { sumColumns } from './run-row.ts'

/** In every time zone, nearly all times in the same quarter of an hour are in the same hour and day. */
export const quarterMs = 900_000

/** If the runs of a segment began in more quarters than this, reading the runs is as fast. */
const mostQuarters = 256

/** Numbers stored per quarter: its index, its runs, their counts, and their sums. NaN means unknown. */
const width = 2 + countNames.length + sumColumns.length

/** The sums of the runs of a segment that began in one quarter of an hour. */
export interface QuarterSums {
  /** Quarters of an hour since the Unix epoch. */
  readonly quarter: number
  readonly runs: number
  /** In the order of `countNames`. */
  readonly counts: Float64Array
  /** In the order of `sumColumns`. */
  readonly sums: Float64Array
}

/** The sums of a segment, by quarter; empty if there are too many quarters. */
export function sumsOfSegment(columns: ReadonlyMap<NumberColumn, Float64Array>): Uint8Array {
  const places = placesByQuarter(columns.get('first_at') ?? new Float64Array())
  if (places === undefined) return new Uint8Array()
  const rows = new Float64Array(places.size * width)
  for (const [index, [quarter, ofQuarter]] of [...places].entries()) {
    const row = rows.subarray(index * width, (index + 1) * width)
    row[0] = quarter
    row[1] = ofQuarter.length
    for (const [at, name] of countNames.entries()) row[2 + at] = countOf(columns, counted[name], ofQuarter)
    for (const [at, column] of sumColumns.entries())
      row[2 + countNames.length + at] = sumOf(columns.get(column), ofQuarter)
  }
  return new Uint8Array(rows.buffer)
}

/** Decodes the sums that `sumsOfSegment` wrote. */
export function* readSums(bytes: Uint8Array): Generator<QuarterSums> {
  // The bytes from a database may start at any memory offset.
  const rows = new Float64Array(bytes.slice().buffer)
  for (let start = 0; start < rows.length; start += width) {
    const counts = rows.subarray(start + 2, start + 2 + countNames.length)
    const sums = rows.subarray(start + 2 + countNames.length, start + width)
    yield { quarter: rows[start] as number, runs: rows[start + 1] as number, counts, sums }
  }
}

function placesByQuarter(times: Float64Array): Map<number, number[]> | undefined {
  const places = new Map<number, number[]>()
  for (let place = 0; place < times.length; place++) {
    const at = times[place] as number
    if (Number.isNaN(at)) continue
    const quarter = Math.floor(at / quarterMs)
    const known = places.get(quarter)
    if (known) known.push(place)
    else if (places.size < mostQuarters && Number.isSafeInteger(quarter)) places.set(quarter, [place])
    else return undefined
  }
  return places
}

function countOf(
  columns: ReadonlyMap<NumberColumn, Float64Array>,
  [column, code]: readonly [NumberColumn, number],
  places: readonly number[],
): number {
  const values = columns.get(column)
  let count = 0
  for (const place of places) if (values?.[place] === code) count++
  return count
}

function sumOf(values: Float64Array | undefined, places: readonly number[]): number {
  let sum = Number.NaN
  for (const place of places) {
    const value = values?.[place] ?? Number.NaN
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  }
  return sum
}
