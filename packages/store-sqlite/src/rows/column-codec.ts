import { segmentRows } from './segment-size.ts'

type Narrow = Uint8Array | Uint16Array | Uint32Array

// The largest number of each width represents null; for doubles it is NaN.
const widths = [
  { of: Uint8Array, most: 0xff },
  { of: Uint16Array, most: 0xffff },
  { of: Uint32Array, most: 0xffff_ffff },
] as const

/** Encodes a column of a segment with as few bytes per number as possible; `undefined` if the whole column is null. */
export function encodeColumn(values: Float64Array): Uint8Array | undefined {
  let [isEmpty, isWhole, greatest] = [true, true, 0]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    isEmpty = false
    if (!(value >= 0 && Number.isInteger(value)) || Object.is(value, -0)) isWhole = false
    if (value > greatest) greatest = value
  }
  if (isEmpty) return undefined
  const width = isWhole ? widths.find(({ most }) => greatest < most) : undefined
  if (width === undefined) return bytesOf(values)
  const narrow = new width.of(values.length)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    narrow[index] = Number.isNaN(value) ? width.most : value
  }
  return bytesOf(narrow)
}

const bytesOf = (array: Narrow | Float64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** Decodes a column of a segment into `values`; null becomes NaN. */
export function decodeColumn(bytes: Uint8Array | undefined, values: Float64Array): void {
  if (bytes === undefined) {
    values.fill(Number.NaN)
    return
  }
  // The bytes from a database may start at any memory offset.
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const size = bytes.byteLength / segmentRows
  if (size === 8) values.set(new Float64Array(buffer, byteOffset, segmentRows))
  else if (size === 4) widen(new Uint32Array(buffer, byteOffset, segmentRows), values, 0xffff_ffff)
  else if (size === 2) widen(new Uint16Array(buffer, byteOffset, segmentRows), values, 0xffff)
  else widen(new Uint8Array(buffer, byteOffset, segmentRows), values, 0xff)
}

function widen(narrow: Narrow, values: Float64Array, nothing: number): void {
  for (let index = 0; index < narrow.length; index++) {
    const value = narrow[index] as number
    values[index] = value === nothing ? Number.NaN : value
  }
}
