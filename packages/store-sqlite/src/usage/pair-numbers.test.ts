import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PairNumbers } from './pair-numbers.ts'

const second = fc.oneof(fc.nat(20), fc.nat(20_000), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 32 - 1 }))

test('pairs are numbered in order of first occurrence, and each keeps its number', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), second), { maxLength: 400 }), pairs => {
      const numbers = new PairNumbers()
      const expected = new Map<string, number>()
      for (const [first, second] of [...pairs, ...pairs]) {
        const name = `${first} ${second}`
        if (!expected.has(name)) expected.set(name, expected.size)
        expect(numbers.numberOf(first, second)).toBe(expected.get(name))
      }
      const met = [...expected.keys()]
      expect(met.map((_, number) => `${numbers.firsts[number]} ${numbers.seconds[number]}`)).toEqual(met)
    }),
  )
})

test('more pairs than the tables have places for are numbered, too', () => {
  const numbers = new PairNumbers()
  const [firsts, seconds] = [2000, [0, 3000, 9, 16_000, 2 ** 32 - 1]]
  for (let round = 0; round < 2; round++)
    for (let first = 0; first < firsts; first++)
      for (const [at, second] of seconds.entries())
        expect(numbers.numberOf(first, second)).toBe(first * seconds.length + at)
})
