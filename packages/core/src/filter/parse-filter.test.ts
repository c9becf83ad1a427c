import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Filter, Term } from './filter.ts'
import { formatFilter } from './format-filter.ts'
import { parseFilter } from './parse-filter.ts'

const field = (name: string, test: object, isNegated = false) => ({ field: name, isNegated, test })
const any = (...items: string[][]) => ({ operator: ':', items })

describe('parseFilter', () => {
  test.each<[string, object[]]>([
    ['', []],
    ['   ', []],
    ['late', [{ text: 'late', isNegated: false }]],
    ['"late order"', [{ text: 'late order', isNegated: false }]],
    ['-"say \\"no\\""', [{ text: 'say "no"', isNegated: true }]],
    ['status:error', [field('status', any(['error']))]],
    ['-status:success,cancelled', [field('status', any(['success'], ['cancelled']), true)]],
    ['model:gpt-*', [field('model', any(['gpt-', '']))]],
    ['model:*mini*', [field('model', any(['', 'mini', '']))]],
    ['model:*', [field('model', any(['', '']))]],
    ['model:a**b', [field('model', any(['a', 'b']))]],
    ['error:"rate limit"*', [field('error', any(['rate limit', '']))]],
    ['tag:"a, b",c', [field('tag', any(['a, b'], ['c']))]],
    ['context.plan:pro', [field('context.plan', any(['pro']))]],
    ['cost>0.02', [field('cost', { operator: '>', bound: '0.02' })]],
    ['duration>=1.5s', [field('duration', { operator: '>=', bound: '1.5s' })]],
    ['score.polite<0.5', [field('score.polite', { operator: '<', bound: '0.5' })]],
    ['cost:0.01..0.05', [field('cost', { operator: '..', from: '0.01', to: '0.05' })]],
    ['run:a:b', [field('run', any(['a:b']))]],
    ['version:1.2.3', [field('version', any(['1.2.3']))]],
    [
      'feedback:negative since:7d  late',
      [field('feedback', any(['negative'])), field('since', any(['7d'])), { text: 'late', isNegated: false }],
    ],
  ])('%s', (text, terms) => {
    expect(parseFilter(text)).toEqual(terms)
  })

  test.each([
    ['status:', 8, 'a value, found the end'],
    ['status: error', 8, 'a value, found " error"'],
    ['cost>gpt*', 10, 'a value without *'],
    ['model:a,', 9, 'a value'],
    ['-', 2, 'a word, a "phrase" or a field'],
    ['"late', 1, 'a closing "'],
    ['"late"order', 7, 'a space'],
    ['cost:1..2..3', 10, 'a space'],
    ['model:a,b..c', 10, 'a space'],
  ])('refuses %s at character %d', (text, at, expected) => {
    expect(() => parseFilter(text)).toThrow(
      new RegExp(`character ${at}: expected ${expected.replace(/[*".]/g, '\\$&')}`),
    )
  })
})

describe('a printed filter', () => {
  const texts = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('a..b', '..', '.', 'x.', '-', '*', '"', '\\', 'a b', 'http://x', '1.5', ',', '日本'),
  )
  const parts = fc
    .array(fc.oneof(texts, fc.constant('')), { minLength: 2, maxLength: 4 })
    // Two wildcards in a row are one.
    .map(all => all.filter((part, at) => part !== '' || at === 0 || at === all.length - 1))
    .filter(all => all.length > 1)
  const pattern = fc.oneof(
    texts.map(text => [text]),
    parts,
  )
  const test_ = fc.oneof(
    fc.record({
      operator: fc.constant(':' as const),
      items: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ operator: fc.constantFrom('>', '<', '>=', '<='), bound: texts }),
    fc.record({ operator: fc.constant('..' as const), from: texts, to: texts }),
  )
  const term = fc.oneof(
    fc.record({ text: texts, isNegated: fc.boolean() }),
    fc.record({
      field: fc.constantFrom('status', 'model', 'cost', 'context.plan-name'),
      isNegated: fc.boolean(),
      test: test_,
    }),
  ) as fc.Arbitrary<Term>

  test('parses to the same filter', () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), filter => {
        expect(parseFilter(formatFilter(filter))).toEqual(filter)
      }),
      { numRuns: 2000 },
    )
  })

  test('does not change when it is printed again', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        let filter: Filter
        try {
          filter = parseFilter(text)
        } catch {
          return
        }
        expect(parseFilter(formatFilter(filter))).toEqual(filter)
      }),
      { numRuns: 2000 },
    )
  })
})
