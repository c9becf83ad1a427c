import { expect, test } from 'vitest'
import { replaceProperty } from './replace-property.ts'

const replaced = () => 'replaced'
const theirs = () => 'theirs'

test('restores the original property', () => {
  const target = Object.defineProperty({} as { now(): string }, 'now', {
    value: () => 'real',
    configurable: true,
  })
  const before = Object.getOwnPropertyDescriptor(target, 'now')
  const undo = replaceProperty(target, 'now', replaced)
  expect([target.now(), Object.keys(target)]).toEqual(['replaced', []])
  undo()
  expect(Object.getOwnPropertyDescriptor(target, 'now')).toEqual(before)
})

test('restores getters and inherited properties', () => {
  const parent = { name: 'inherited' }
  const child = Object.create(parent) as { name: string }
  const withGetter = {
    get name() {
      return 'computed'
    },
  }
  const undo = [replaceProperty(child, 'name', 'own'), replaceProperty(withGetter, 'name', 'own')]
  expect([child.name, withGetter.name]).toEqual(['own', 'own'])
  for (const each of undo) each()
  expect([child.name, Object.hasOwn(child, 'name'), withGetter.name]).toEqual([
    'inherited',
    false,
    'computed',
  ])
})

test('does not undo a later replacement by other code', () => {
  const target = { now: () => 'real' }
  const undo = replaceProperty(target, 'now', replaced)
  target.now = theirs
  undo()
  expect(target.now).toBe(theirs)
})

test('throws if the property cannot be replaced', () => {
  expect(() => replaceProperty(Object.freeze({ a: 1 } as { a: number }), 'a', 2)).toThrow(TypeError)
})
