import { describe, expect, test } from 'vitest'
import { diffWords } from './diff-texts.ts'
import { headOf, shortened, visibleText } from './visible-text.ts'

const hex = (text: string) => Array.from(text, each => `U+${each.codePointAt(0)?.toString(16)}`).join(' ')

describe('text of any language stays unchanged', () => {
  test.each([
    ['English', 'It’s “fine”, naïve café\n\tindented'],
    ['Persian, with half spaces', 'می‌خواهم کتاب‌های نو'],
    ['Persian with vowel signs', 'مَی‌خواهَم'],
    ['Hindi, with a joiner', 'क्‍ष र्‍य'],
    ['Sinhala', 'ශ්‍රී ලංකා'],
    ['Hebrew with points', 'שָׁלוֹם'],
    ['Arabic with the sign of a verse', '۝١٢ ؀٣'],
    ['Mongolian', 'ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢ᠋ᠭ'],
    ['Japanese with a variant', '葛󠄀城市 と 葛城市'],
    ['Korean', '한국어 각'],
    ['a family', '👨‍👩‍👧‍👦 at home'],
    ['a doctor of a skin', '👩🏽‍⚕️'],
    ['a heart on fire', '❤️‍🔥'],
    ['flags', '🇩🇪🇮🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈 🏴‍☠️'],
    ['keycaps', '1️⃣ #️⃣'],
    ['text and emoji', '☺︎ ☺️'],
  ])('%s', (_, text) => {
    expect(hex(visibleText(text))).toBe(hex(text))
  })
})

describe('invisible characters are named', () => {
  test.each([
    [
      'what turns the direction',
      'safe\u202Egnp.exe\u202C \u2066x\u2069',
      'safe<U+202E>gnp.exe<U+202C> <U+2066>x<U+2069>',
    ],
    ['marks of a direction', 'a\u200Eb\u200Fc\u061Cd', 'a<U+200E>b<U+200F>c<U+061C>d'],
    ['a terminal’s orders', '\u001B[2J\u0007\u009B0m\u007F\r\n', '␛[2J␇<U+009B>0m␡␍\n'],
    ['spaces of no width', 'ad\u200Bmin \u2060x\uFEFF', 'ad<U+200B>min <U+2060>x<U+FEFF>'],
    ['joiners between letters that need none', 'ad\u200Cmin\u200D', 'ad<U+200C>min<U+200D>'],
    ['more joiners than one', 'می\u200C\u200Cخواهم', 'می\u200C<U+200C>خواهم'],
    ['a joiner without a second emoji', '👨\u200D', '👨<U+200D>'],
    ['a soft hyphen', 'Donau\u00ADdampf', 'Donau<U+00AD>dampf'],
    ['line separators', 'a\u2028b\u2029c', 'a<U+2028>b<U+2029>c'],
    ['letters that are blank', 'a\u3164\u115Fb', 'a<U+3164><U+115F>b'],
    ['text in tags', 'hi\u{E0069}\u{E0067}', 'hi<U+E0069><U+E0067>'],
    ['text in tags after a flag', '🏴\u{E0069}\u{E0067}', '🏴<U+E0069><U+E0067>'],
    ['text in variation selectors', '😀\u{E0131}\u{E0132}', '😀<U+E0131><U+E0132>'],
    ['a selector after a letter', 'a\uFE01', 'a<U+FE01>'],
    ['selectors after an emoji', '❤\uFE0F\uFE0F', '❤\uFE0F<U+FE0F>'],
    ['half a character', 'a\uD83D', 'a\uFFFD'],
  ])('%s', (_, text, shown) => {
    expect(visibleText(text)).toBe(shown)
  })
})

test('a text is cut between visible characters', () => {
  expect(headOf('short', 10)).toBe('short')
  expect(headOf('abc👨‍👩‍👧‍👦def', 7)).toBe('abc')
  expect(headOf('abc👨‍👩‍👧‍👦def', 14)).toBe('abc👨‍👩‍👧‍👦')
  expect(headOf('cafe\u0301s', 4)).toBe('caf')
  expect(headOf(`${'x'.repeat(100)}👍`, 101)).toBe('x'.repeat(100))
  expect(headOf(`a${'\u0301'.repeat(500)}`, 200)).toHaveLength(200)
})

test('differing words are whole words and whole emoji, in any language', () => {
  const kinds = (before: string, after: string) =>
    diffWords(before, after).map(({ kind, text }) => `${kind} ${text}`)
  expect(kinds('او می‌خواهد', 'او می‌خواهم')).toEqual(['same او ', 'removed می‌خواهد', 'added می‌خواهم'])
  expect(kinds('a 👨‍👩‍👧 b', 'a 👨‍👩‍👦 b')).toEqual(['same a ', 'removed 👨‍👩‍👧', 'added 👨‍👩‍👦', 'same  b'])
  expect(kinds('🇩🇪', '🇩🇰')).toEqual(['removed 🇩🇪', 'added 🇩🇰'])
  expect(kinds('हिन्दी है', 'हिन्दी हैं')).toEqual(['same हिन्दी ', 'removed है', 'added हैं'])
  expect(kinds('cafe\u0301 x', 'cafe x')).toEqual(['removed cafe\u0301', 'added cafe', 'same  x'])
})

test('a million characters are processed quickly', () => {
  const text = `${'\u200D👨'.repeat(1000)}${'می‌خواهم'.repeat(100_000)}`
  expect(visibleText(text)).toHaveLength(text.length + 7)
})

test('a shortened text says that it was cut', () => {
  expect(shortened('one two', 7)).toBe('one two')
  expect(shortened('one two three', 4)).toBe('one…')
})
