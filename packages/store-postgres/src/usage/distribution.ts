import { endianness } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Distribution } from '@runtape/core/store'

/** Doubles in network byte order, one after the other, or as numbers. */
export type ValueList = Buffer | Float64Array

/** Number of values that are sorted or added in one turn. */
const atOnce = 16_384

/** Percentiles use the nearest rank. Values are added in ascending order, so that the mean is the same everywhere. */
export function distributionOf(
  parts: readonly ValueList[],
): Distribution | undefined | Promise<Distribution> {
  if (parts.length === 0) return undefined
  const values = doublesOf(parts)
  if (values.length > atOnce) return distributionInTurns(values)
  const sorted = values.sort()
  return resultOf(
    sorted,
    sorted.reduce((sum, value) => sum + value, 0),
  )
}

async function distributionInTurns(values: Float64Array): Promise<Distribution> {
  const sorted = await sortedInTurns(values)
  return resultOf(sorted, await sumOf(sorted))
}

function resultOf(sorted: Float64Array, sum: number): Distribution {
  const count = sorted.length
  const rank = (percent: number): number => sorted[Math.ceil((count * percent) / 100) - 1] ?? 0
  return { count, mean: sum / count, p50: rank(50), p95: rank(95) }
}

/** A new list, which may be sorted in place. */
function doublesOf(parts: readonly ValueList[]): Float64Array {
  const values = new Float64Array(parts.reduce((sum, part) => sum + sizeOf(part), 0))
  let end = 0
  for (const part of parts) {
    if (part instanceof Float64Array) values.set(part, end)
    else putBytes(new Uint8Array(values.buffer, end * 8, part.length), part)
    end += sizeOf(part)
  }
  return values
}

const sizeOf = (part: ValueList): number => (part instanceof Float64Array ? part.length : part.length / 8)

function putBytes(place: Uint8Array, bytes: Buffer): void {
  place.set(bytes)
  if (endianness() === 'LE') Buffer.from(place.buffer, place.byteOffset, place.length).swap64()
}

async function sumOf(values: Float64Array): Promise<number> {
  let sum = 0
  for (let index = 0; index < values.length; index++) {
    sum += values[index] as number
    if (index % (16 * atOnce) === 16 * atOnce - 1) await nextTurn()
  }
  return sum
}

/** Sorts parts, and merges them. */
async function sortedInTurns(values: Float64Array): Promise<Float64Array> {
  for (let start = 0; start < values.length; start += atOnce) {
    values.subarray(start, start + atOnce).sort()
    if ((start / atOnce) % 2 === 1) await nextTurn()
  }
  let from: Float64Array = values
  let to: Float64Array = new Float64Array(values.length)
  for (let width = atOnce; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) await merge(from, to, start, width)
    ;[from, to] = [to, from]
  }
  return from
}

/** Merges two sorted parts that follow each other. */
async function merge(from: Float64Array, to: Float64Array, start: number, width: number): Promise<void> {
  const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)]
  let [left, right, seen] = [start, middle, 0]
  for (let place = start; place < end; place++) {
    const takesLeft = left < middle && (right >= end || (from[left] as number) <= (from[right] as number))
    to[place] = from[takesLeft ? left++ : right++] as number
    if (++seen % (8 * atOnce) === 0) await nextTurn()
  }
}
