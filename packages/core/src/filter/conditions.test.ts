import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conditionsOf } from './conditions.ts'
import { type Facts, matches, matchesPattern } from './matches.ts'
import { parseFilter } from './parse-filter.ts'

const times: Readonly<Record<string, number>> = { '7d': 700, '2026-01-31': 3100 }
const time = (name: string, text: string): number => {
  const at = times[text]
  if (at === undefined) throw new Error(`${name} is not a time`)
  return at
}
const read = (text: string) => conditionsOf(parseFilter(text), { time })

const run: Facts = {
  texts: field =>
    ({ status: ['success'], model: ['gpt-5-mini', 'o4'], 'context.plan': ['pro'] })[field] ?? [],
  amount: field => ({ cost: 20_000_000, duration: 1500, time: 1000 })[field],
  has: text => 'the late order'.includes(text),
}
const holds = (text: string) => matches(read(text), run)

describe('conditions', () => {
  test.each([
    ['duration:1.001s', 1001],
    ['duration:1.15h', 4_140_000],
    ['ttft:2.3min', 138_000],
    ['cost:0.07', 70_000_000],
    ['tokens:1.1M', 1_100_000],
    ['cost:0.0000000004', 0.4],
    ['tokens:0.5', 0.5],
  ])('%s is exactly this amount', (filter, amount) => {
    expect(read(filter)).toMatchObject([{ ranges: [{ from: amount, to: amount }] }])
  })

  test('have values in stored units', () => {
    expect(
      read('cost>0.02 cost:$0.07 tokens>=20k duration<1.5s ttft:1..2min since:7d until:2026-01-31'),
    ).toEqual([
      { kind: 'within', field: 'cost', ranges: [{ from: 20_000_000, isFromOpen: true }], isNegated: false },
      { kind: 'within', field: 'cost', ranges: [{ from: 70_000_000, to: 70_000_000 }], isNegated: false },
      { kind: 'within', field: 'tokens', ranges: [{ from: 20_000 }], isNegated: false },
      { kind: 'within', field: 'duration', ranges: [{ to: 1500, isToOpen: true }], isNegated: false },
      { kind: 'within', field: 'ttft', ranges: [{ from: 1, to: 120_000 }], isNegated: false },
      { kind: 'within', field: 'time', ranges: [{ from: 700 }], isNegated: false },
      { kind: 'within', field: 'time', ranges: [{ to: 3100, isToOpen: true }], isNegated: false },
    ])
  })

  test.each([
    ['stat:error', 'There is no field stat. Do you mean status?'],
    ['constructor:x', 'There is no field constructor. Fields: status'],
    [
      'status:bad',
      'status:bad cannot be applied: status must be one of success, error, cancelled, unfinished.',
    ],
    ['status:err*', 'status must be one of'],
    ['model>5', 'model is a string'],
    ['cost:cheap', 'cost must be an amount in dollars'],
    ['cost:1*', 'cost must be an amount in dollars'],
    ['tokens>5x', 'tokens must be a number of tokens'],
    ['duration>-1', 'duration must be a length of time'],
    ['since>7d', 'since must be one point in time'],
    ['since:7d,8d', 'since must be one point in time'],
    ['until:later', 'until is not a time'],
    ['score.polite:good', 'score.polite must be a number'],
  ])('refuse %s', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

describe('matches', () => {
  test.each([
    '',
    'status:success,error',
    '-status:error',
    'model:gpt-*',
    'model:o4',
    'model:*mini',
    'context.plan:pro',
    '-context.team:*',
    'cost:0.02',
    'cost:0.01..0.02',
    'cost<=0.02 cost>=0.02',
    'duration>1s duration<2s',
    'tokens:unknown',
    '-tokens>5',
    'since:7d until:2026-01-31',
    '"late order" -early',
  ])('%s', text => {
    expect(holds(text)).toBe(true)
  })

  test.each([
    'status:error',
    'status:success -status:success',
    'model:gpt',
    'model:mini*',
    'context.team:*',
    'cost>0.02',
    'cost:unknown',
    'tokens>5',
    'tokens<5',
    'early',
    'until:7d',
  ])('not %s', text => {
    expect(holds(text)).toBe(false)
  })

  test('a pattern matches like the same regular expression', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 })
    fc.assert(
      fc.property(
        fc.array(short, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        (pattern, text) => {
          expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${pattern.join('.*')}$`).test(text))
        },
      ),
      { numRuns: 3000 },
    )
  })
})
