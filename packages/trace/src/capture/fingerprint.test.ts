import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { values } from '../../test/values.ts'
import { fingerprint } from './fingerprint.ts'
import { defaultLimits } from './limits.ts'
import { encodeValue } from './payload.ts'

const of = (value: unknown) => fingerprint(encodeValue(value))

/** The same value with the properties of every plain object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  )
}

test('the order of properties does not matter', () => {
  fc.assert(fc.property(fc.jsonValue(), value => void expect(of(reversed(value))).toBe(of(value))))
})

test('the order of properties does not matter with shared references and cycles', () => {
  const shared = { at: new Date(0), list: [1] }
  expect(of({ a: shared, b: shared, c: [shared] })).toBe(of({ c: [shared], b: shared, a: shared }))
  const one: Record<string, unknown> = { name: 'x' }
  one.self = one
  const two: Record<string, unknown> = {}
  two.self = two
  two.name = 'x'
  expect(of({ one, tail: one })).toBe(of({ tail: two, one: two }))
})

test('equal parts count as equal, shared or copied, because an answer from the tape is a copy', () => {
  const part = { id: 1, tags: ['a'], at: new Date(0) }
  expect(of([part, part])).toBe(of([part, structuredClone(part)]))
})

test('different values differ', () => {
  const list = [
    undefined,
    null,
    0,
    -0,
    '0',
    'null',
    '',
    1,
    1n,
    '1',
    Number.NaN,
    'NaN',
    Number.POSITIVE_INFINITY,
    [],
    {},
    [[]],
    [null],
    [undefined],
    new Array(1),
    { a: 1 },
    [['a', 1]],
    ['a', 1],
    new Map([['a', 1]]),
    new Map<unknown, unknown>([[['a', 1], undefined]]),
    new Set(['a', 1]),
    new Set([1]),
    { a: undefined },
    { a: null },
    Object.assign(Object.create(null), { a: 1 }),
    new Date(0),
    new Date(Number.NaN),
    '1970-01-01T00:00:00.000Z',
    /a/g,
    /a/,
    'a',
    new URL('https://a.example/'),
    'https://a.example/',
    Symbol.for('a'),
    Buffer.from('a'),
    new Uint8Array([97]),
    new Int8Array([97]),
    new Error('a'),
    new TypeError('a'),
    new Error('a', { cause: 1 }),
    { name: 'Error', message: 'a' },
  ]
  const prints = list.map(of)
  expect(new Set(prints).size).toBe(list.length)
})

test('two values have the same fingerprint exactly if they are equal', () => {
  const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', '"') })
  fc.assert(
    fc.property(small, small, (a, b) => void expect(of(a) === of(b)).toBe(isDeepStrictEqual(a, b))),
    { numRuns: 2000 },
  )
})

test('a change anywhere changes it', () => {
  fc.assert(
    fc.property(values, value => {
      expect(of([value, 1])).not.toBe(of([value, 2]))
      expect(of([value])).not.toBe(of([[value]]))
      expect(of({ value, extra: 1 })).not.toBe(of({ value }))
    }),
  )
})

test('the stack of an error does not matter', () => {
  const here = new Error('same', { cause: new Error('inner') })
  const there = (() => new Error('same', { cause: new Error('inner') }))()
  expect(here.stack).not.toBe(there.stack)
  expect(of({ error: here })).toBe(of({ error: there }))
  expect(of({ error: { stack: 'a' } })).not.toBe(of({ error: { stack: 'b' } }))
})

test('the order of Map entries and Set items does not matter', () => {
  expect(of(new Set([1, { a: 2 }]))).toBe(of(new Set([{ a: 2 }, 1])))
  expect(
    of(
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', 2],
      ]),
    ),
  ).toBe(
    of(
      new Map<unknown, unknown>([
        ['b', 2],
        ['a', 1],
      ]),
    ),
  )
})

test('a value with exponentially many references takes linear time', () => {
  let value: unknown = 'leaf'
  for (let level = 0; level < 100; level++) value = { left: value, right: value }
  expect(of(value)).toMatch(/^1:[\w-]{43}$/)
})

test('truncated payloads differ by their size', () => {
  const limits = { ...defaultLimits, maxPayloadBytes: 10 }
  const large = (size: number) => fingerprint(encodeValue('x'.repeat(size), limits))
  expect(large(20)).not.toBe(large(21))
  expect(large(20)).not.toBe(of(null))
})

test('the lastModified of a file does not matter', () => {
  const file = (lastModified: number, name = 'a.txt') => of(new File(['hi'], name, { lastModified }))
  expect(file(1)).toBe(file(2))
  expect(file(1)).not.toBe(file(1, 'b.txt'))
  expect(of({ lastModified: 1 })).not.toBe(of({ lastModified: 2 }))
})
