import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Distributions } from './distributions.ts'
import type { DistributionColumns } from './usage-table.ts'

const value = fc.oneof(fc.constant(Number.NaN), fc.nat(5), fc.double({ noNaN: true, min: 0, max: 1e6 }))
const blocks = fc.array(fc.array(fc.tuple(value, fc.integer({ min: -1, max: 3 })), { maxLength: 60 }), {
  maxLength: 6,
})

/** The columns, regardless of pauses. */
function distributionsOf(distributions: Distributions, groups: number): DistributionColumns {
  const work = distributions.inRows({
    kept: Int32Array.from({ length: groups }, (_, group) => group),
    rest: new Int32Array(0),
  })
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

const nearestRank = (sorted: readonly number[], percent: number) =>
  sorted[Math.ceil((sorted.length * percent) / 100) - 1]

test('the percentiles of each group equal those of its sorted values', () => {
  fc.assert(
    fc.property(blocks, given => {
      const distributions = new Distributions()
      for (const block of given) {
        const values = Float64Array.from(block, ([each]) => each)
        distributions.add(
          values,
          Int32Array.from(block, ([, group]) => group),
          block.length,
        )
      }
      const expected = [0, 1, 2, 3].map(group => {
        const own = given.flat().filter(([each, of]) => of === group && !Number.isNaN(each))
        const sorted = own.map(([each]) => each).sort((a, b) => a - b)
        return sorted.length === 0
          ? undefined
          : { count: sorted.length, p50: nearestRank(sorted, 50), p95: nearestRank(sorted, 95) }
      })
      const { count, p50, p95 } = distributionsOf(distributions, 4)
      const found = expected.map((_, group) =>
        count[group] ? { count: count[group], p50: p50[group], p95: p95[group] } : undefined,
      )
      expect(found).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('sorted, reversed and equal values take no longer than others', () => {
  const size = 200_000
  for (const make of [(i: number) => i, (i: number) => size - i, () => 5, (i: number) => i % 2]) {
    const distributions = new Distributions()
    const values = Float64Array.from({ length: size }, (_, index) => make(index))
    distributions.add(values, new Int32Array(size), size)
    const sorted = values.toSorted()
    const { p50, p95 } = distributionsOf(distributions, 1)
    expect([p50[0], p95[0]]).toEqual([sorted[size / 2 - 1], sorted[size * 0.95 - 1]])
  }
})
