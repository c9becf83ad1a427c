import { expect, test } from 'vitest'
import { csv } from './csv.ts'

test('cells with commas, quotes and line ends are quoted', () => {
  expect(
    csv([
      ['a', 'b,c', 'd"e', 'f\ng'],
      ['1', '', '-5', '2.5'],
    ]),
  ).toBe('a,"b,c","d""e","f\ng"\n1,,-5,2.5')
})

test.each(['=1+1', '+SUM(A1)', '@cmd', '-2+3', '\tx'])('a customer named %j is not a formula', name => {
  expect(csv([[name]])).toContain("'")
})

test('control characters do not reach a terminal', () => {
  expect(csv([['a\u001b[31mred', 'tab\there', 'two\nlines']])).toBe('a\uFFFD[31mred,tab\there,"two\nlines"')
})
