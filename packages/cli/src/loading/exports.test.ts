import { describe, expect, test } from 'vitest'
import { exportAt, namespacesOf } from './exports.ts'

const answer = () => 'answer'
const other = () => 'other'
const module = (exports: object) => Object.assign(Object.create(null), exports) as Record<string, unknown>
const find = (exports: object, name: string, wanted?: (value: unknown) => boolean) =>
  exportAt(namespacesOf(exports as Record<string, unknown>), name, wanted)

describe('an export is found', () => {
  const byHand = { answer }
  test.each([
    ['of a module', module({ answer }), undefined],
    ['of module.exports =', module({ default: byHand, 'module.exports': byHand }), byHand],
    ['of a TypeScript module, by jiti', module({ default: module({ answer, default: other }) }), undefined],
    ['of compiled CommonJS', module({ default: { __esModule: true, answer } }), undefined],
    ['of an object that is the default export', { default: byHand }, byHand],
    ['of that object, loaded by jiti', module({ default: module({ default: byHand }) }), byHand],
    ['that is nested in three', module({ default: { default: { default: byHand } } }), byHand],
  ])('%s', (_, exports, receiver) => {
    expect(find(exports, 'answer')).toEqual({ value: answer, receiver })
  })

  test.each([
    ['of a module', { default: other }],
    ['by jiti', { default: module({ default: other, answer }) }],
    ['of compiled CommonJS', { __esModule: true, default: { default: other, answer } }],
  ])('that is the default export %s', (_, exports) => {
    expect(find(exports, 'default').value).toBe(other)
  })

  test('as a method, with its receiver', () => {
    const desk = { answer }
    for (const exports of [{ desk }, { default: module({ desk }) }])
      expect(find(exports, 'desk.answer')).toEqual({ value: answer, receiver: desk })
    expect(find({ default: module({ default: desk }) }, 'default.answer').receiver).toBe(desk)
  })
})

test('of two exports with one name, the matching one is found, else that of the module', () => {
  const exports = { answer: 1, default: { answer } }
  expect(find(exports, 'answer').value).toBe(1)
  expect(find(exports, 'answer', value => typeof value === 'function').value).toBe(answer)
  expect(find(exports, 'answer', value => value === other).value).toBe(1)
})

test('a default export that contains itself ends the search', () => {
  const exports: Record<string, unknown> = { answer }
  exports.default = exports
  expect(find(exports, 'answer').value).toBe(answer)
  expect(find(exports, 'nothing')).toEqual({ value: undefined, receiver: undefined })
})
