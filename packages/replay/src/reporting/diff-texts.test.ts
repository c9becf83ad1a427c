import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DiffPart, diffLines, diffWords } from './diff-texts.ts'

const side = (parts: readonly DiffPart[], kind: 'removed' | 'added', joint: string) =>
  parts
    .filter(part => part.kind === 'same' || part.kind === kind)
    .map(part => part.text)
    .join(joint)

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1 }).map(each => each.join('\n'))

test('both texts can be reconstructed from a diff, by line and by word', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const parts = diffLines(before, after)
      expect([side(parts, 'removed', '\n'), side(parts, 'added', '\n')]).toEqual([before, after])
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
      const parts = diffWords(before, after)
      expect([side(parts, 'removed', ''), side(parts, 'added', '')]).toEqual([before, after])
    }),
  )
})

test('equal parts are not marked', () => {
  fc.assert(fc.property(lines, text => diffLines(text, text).every(({ kind }) => kind === 'same')))
  expect(diffLines('a\nb\nc', 'a\nx\nc').map(({ kind }) => kind)).toEqual([
    'same',
    'removed',
    'added',
    'same',
  ])
  expect(diffWords('Hello Ada, hi', 'Dear Ada, hi')).toEqual([
    { kind: 'removed', text: 'Hello' },
    { kind: 'added', text: 'Dear' },
    { kind: 'same', text: ' Ada, hi' },
  ])
})

test('texts of a hundred thousand lines with little in common are compared quickly', () => {
  const text = (name: string) => Array.from({ length: 100_000 }, (_, line) => `${name} ${line}`).join('\n')
  const parts = diffLines(`same\n${text('a')}`, `same\n${text('b')}`)
  expect(parts).toHaveLength(200_001)
  expect(parts[0]).toEqual({ kind: 'same', text: 'same' })
})
