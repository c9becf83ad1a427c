import { expect, test } from 'vitest'
import { didYouMean } from './closest.ts'

const commands = ['replay', 'report', 'reprice', 'runs', 'usage', 'search', 'doctor', 'set-aside', 'views']

test.each([
  ['usgae', 'usage'],
  ['usag', 'usage'],
  ['Usage', 'usage'],
  ['docotr', 'doctor'],
  ['dcotor', 'doctor'],
  ['serach', 'search'],
  ['run', 'runs'],
  ['repaly', 'replay'],
  ['setaside', 'set-aside'],
  ['rep', undefined],
  ['bill', undefined],
  ['x', undefined],
  ['', undefined],
  ['s'.repeat(10_000), undefined],
])('%s: %s', (given, name) => {
  expect(didYouMean(given, commands)).toBe(name === undefined ? '' : ` Did you mean "${name}"?`)
})
