import { expect, test } from 'vitest'
import { meanScores, RunningSpread, spreads } from './spread.ts'
import { ScoreTally } from './summarize-scores.ts'

// More than fit on a stack as the arguments of one call.
const many = 200_000
const score = (index: number) => ({ score: index % 2, pass: index % 2 === 1 })

test('the summary of 200,000 items uses running statistics', () => {
  const tally = new ScoreTally()
  for (let index = 0; index < many; index++) tally.add({ scores: { half: score(index) } })
  expect(tally.summary({ half: 0.5 }).half).toEqual({
    mean: 0.5,
    min: 0,
    max: 1,
    deviation: 0.5,
    count: many,
    passed: many / 2,
    failed: many / 2,
    errors: 0,
    threshold: 0.5,
    pass: true,
  })
})

test('200,000 attempts of an item have a spread and a mean', () => {
  const attempts = Array.from({ length: many }, (_, index) => ({ half: score(index) }))
  expect(spreads(attempts).half).toMatchObject({ mean: 0.5, count: many })
  expect(meanScores(attempts).half).toMatchObject({ score: 0.5, pass: false })
})

test('a small deviation of large scores is not lost in their squares', () => {
  const running = new RunningSpread()
  expect(running.spread()).toBeUndefined()
  for (const each of [1e9 + 0.25, 1e9 - 0.25]) running.add(each)
  expect(running.spread()).toEqual({ mean: 1e9, min: 1e9 - 0.25, max: 1e9 + 0.25, deviation: 0.25, count: 2 })
})
