import { expect, test } from 'vitest'
import { listUnder } from './nested.ts'

test('numbered attributes are a list of nested objects, in the order of their numbers', () => {
  const attributes = {
    'm.10.message.role': 'assistant',
    'm.2.message.role': 'user',
    'm.2.message.contents.0.text': 'a',
    'm.2.message.contents.1.text': '{"b":1}',
    'mm.0.role': 'other',
    'm.x.role': 'no number',
    'm.2.message.role.deeper': 'too late',
  }
  expect(listUnder(attributes, 'm')).toEqual([
    { message: { role: 'user', contents: [{ text: 'a' }, { text: { b: 1 } }] } },
    { message: { role: 'assistant' } },
  ])
  expect(listUnder(attributes, 'none')).toBeUndefined()
})

test('names of an attacker are only names', () => {
  const attributes = {
    'm.0.__proto__.polluted': 1,
    'm.0.constructor.prototype.polluted': 1,
    'm.99999.role': 'far away',
    [`m.0.${'a.'.repeat(10_000)}b`]: 'deep',
  }
  const [first] = listUnder(attributes, 'm') ?? []
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
  expect(Object.keys(first as object)).toEqual(['__proto__', 'constructor'])
})
