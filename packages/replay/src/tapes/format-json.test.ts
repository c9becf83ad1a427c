import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatJson } from './format-json.ts'

test('parsing returns the formatted value', () => {
  fc.assert(
    fc.property(fc.json(), json => {
      expect(JSON.parse(formatJson(JSON.parse(json)))).toEqual(JSON.parse(json))
    }),
  )
})

test('texts with brackets and line breaks stay unchanged', () => {
  const value = { a: ['[ x ]', '{\n "b": 1 }'], b: { c: ' ] ' } }
  expect(JSON.parse(formatJson(value))).toEqual(value)
})

test('short lists and objects of plain values take one line, others a line per part', () => {
  expect(formatJson({ usage: { input: 1, output: 2 }, path: ['a', 0], deep: [{ a: { b: 1 } }] })).toBe(
    `{
  "usage": { "input": 1, "output": 2 },
  "path": ["a", 0],
  "deep": [
    {
      "a": { "b": 1 }
    }
  ]
}
`,
  )
})
