import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeColumn, encodeColumn } from './column-codec.ts'
import { segmentRows } from './segment-size.ts'

const number = fc.oneof(
  fc.constant(Number.NaN),
  fc.constantFrom(
    0,
    -0,
    -1,
    0.5,
    254,
    255,
    256,
    65_534,
    65_535,
    65_536,
    2 ** 32 - 2,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
  ),
  fc.nat(300),
  fc.double(),
)

function decoded(values: Float64Array, shift = 0): Float64Array {
  const bytes = encodeColumn(values)
  const held = bytes && new Uint8Array(bytes.length + shift)
  held?.set(bytes ?? [], shift)
  const result = new Float64Array(segmentRows).fill(7)
  decodeColumn(held?.subarray(shift), result)
  return result
}

test('any column is decoded unchanged, from bytes at any offset', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 40 }), fc.nat(9), (some, shift) => {
      const values = new Float64Array(segmentRows).map((_, index) => some[index % some.length] as number)
      expect(decoded(values, shift)).toEqual(values)
    }),
    { numRuns: 200 },
  )
})

test('a column takes only as many bytes as its numbers need', () => {
  const size = (...some: number[]) =>
    encodeColumn(new Float64Array(segmentRows).map((_, index) => some[index % some.length] as number))?.length
  expect(size(Number.NaN)).toBeUndefined()
  expect(size(3, Number.NaN)).toBe(segmentRows)
  expect(size(255)).toBe(segmentRows * 2)
  expect(size(70_000)).toBe(segmentRows * 4)
  expect(size(1e12)).toBe(segmentRows * 8)
  expect(size(0.5)).toBe(segmentRows * 8)
})
