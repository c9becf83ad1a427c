import { describe, expect, test } from 'vitest'
import { showText } from './show.ts'
import { table } from './table.ts'
import { cutToWidth, textWidth } from './width.ts'

const family = '👨‍👩‍👧‍👦'

describe('text of any language', () => {
  test.each([
    ['Persian with half spaces', 'می‌خواهم کتاب‌ها'],
    ['Hindi with joiners', 'क्‍ष हिन्दी'],
    ['a family', `${family} und 👩🏽‍⚕️`],
    ['flags', '🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇮🇷 🏳️‍🌈'],
    ['a combining accent', 'cafe\u0301'],
  ])('%s is shown unchanged', (_, text) => {
    expect(showText(text)).toBe(text)
    expect(showText(text, 200, { keepIndent: true })).toBe(text)
  })

  test.each([
    ['', 0],
    ['abc', 3],
    ['naïve cafe\u0301', 10],
    ['می‌خواهم', 7],
    [family, 2],
    ['🇩🇪🇮🇷', 4],
    ['☺︎', 1],
    ['❤️1️⃣', 4],
    ['日本語', 6],
    ['한국어 ｱｲｳ', 10],
    ['（全角）', 8],
  ])('%s has its width in columns', (text, width) => {
    expect(textWidth(text)).toBe(width)
  })

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    [`ab${family}cd`, 6, `ab${family}cd`],
    [`ab${family}cd`, 5, `ab${family}…`],
    [`ab${family}cd`, 4, 'ab…'],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['cafe\u0301s', 5, 'cafe\u0301s'],
    ['cafe\u0301s!', 5, 'cafe\u0301…'],
    ['می‌خواهم', 4, 'می‌خ…'],
    ['x', 0, '…'],
  ])('%s is cut to %i columns at a character boundary', (text, width, shown) => {
    expect(cutToWidth(text, width)).toBe(shown)
  })

  test('a text of megabytes is cut quickly, whatever its content', () => {
    expect(showText(family.repeat(500_000), 10)).toBe(`${family.repeat(4)}…`)
    expect(showText('\u0301'.repeat(5_000_000), 10).length).toBeLessThan(5000)
    expect(textWidth(showText(`${'\u001b['.repeat(2_000_000)}`, 80))).toBe(80)
  })

  test('columns of a table are aligned', () => {
    const rows = [
      ['日本', 'a'],
      [family, 'b'],
      ['می‌خواهم', 'c'],
    ]
    const lines = table(['who', 'x'], rows).split('\n').slice(1)
    for (const line of lines) expect(textWidth(line.slice(0, -1))).toBe(9)
  })
})

describe('an invisible character', () => {
  test('is named; a line break becomes a space', () => {
    expect(showText(' a\u202Eb\u001b[0m\r\nc\u2028d\te ')).toBe('a<U+202E>b␛[0m c d e')
  })

  test('is named in a diff line, too', () => {
    expect(showText('\ta\u200B\r', 80, { keepIndent: true })).toBe('  a<U+200B>␍')
  })
})
