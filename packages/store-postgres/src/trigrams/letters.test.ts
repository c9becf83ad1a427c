import { folded } from '@runtape/core/store-helpers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasTrigram, lettersOf, patternOf } from './letters.ts'

const lettersOfText = (text: string) => lettersOf(text) ?? text.toLowerCase()
const lettersIn = (term: string) => patternOf(folded(term)).slice(1, -1).replace(/\\(.)/g, '$1')

test('a text that contains a term contains its letters, in any language, also within a character', () => {
  const unit = fc.constantFrom(
    'a',
    'B',
    'ß',
    'Σ',
    'ς',
    'u\u0308',
    '界',
    '😀',
    '\ud83d',
    '%',
    '\0',
    '\x7f',
    ' ',
    'İ',
  )
  const text = fc.string({ unit, maxLength: 10 })
  fc.assert(
    fc.property(text, fc.nat(12), fc.nat(12), (whole, from, to) => {
      const term = folded(whole).slice(Math.min(from, to), Math.max(from, to))
      expect(lettersOfText(whole)).toContain(lettersIn(term))
    }),
    { numRuns: 2000 },
  )
})

test('the letters are printable ASCII, and plain texts need none', () => {
  expect(lettersOf('Mixed "Case", 50%\t\n')).toBeNull()
  expect(lettersOf('Käse 界\0')).toMatch(/^k[a-z0-9]{2}se [a-z0-9]{4}$/)
  expect(patternOf('50%_\\')).toBe('%50\\%\\_\\\\%')
})

test('an index can find three letters or digits in a row, and two characters of another script', () => {
  expect(['abc', 'a 123', '你好', 'ü1', '😀'].filter(term => !hasTrigram(term))).toEqual([])
  expect(['ab', 'a b c', '"%"', '界'].filter(hasTrigram)).toEqual([])
})
