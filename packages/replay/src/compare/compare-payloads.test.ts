import type { Payload } from '@runtape/core'
import { encodeValue } from '@runtape/trace'
import { describe, expect, test } from 'vitest'
import { comparePayloads } from './compare-payloads.ts'

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  get cents() {
    return this.#cents
  }
}

class Order {
  readonly id: number
  constructor(id: number) {
    this.id = id
  }
}

class RateLimitError extends Error {
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

class SecretError extends Error {
  readonly #code: number
  constructor(code: number) {
    super('no')
    this.#code = code
  }
  get code() {
    return this.#code
  }
}

class Cart extends Map<string, number> {
  owner = 'Ada'
}

const compare = (a: unknown, b: unknown) => comparePayloads(encodeValue(a), encodeValue(b))
const unknown = (reason: string) => ({ result: 'unknown', reason: expect.stringContaining(reason) })

describe('unreadable values are never the same', () => {
  test.each<[string, unknown, unknown, string]>([
    ['an object with private fields', new Money(1), new Money(1), '$: an instance of Money'],
    ['the same with another value', new Money(1), new Money(1_000_000), '$: an instance of Money'],
    ['one of a class with public fields', new Order(1), new Order(1), '$: an instance of Order'],
    ['a function', { call: () => 1 }, { call: () => 2 }, '$.call: a function'],
    ['a symbol', Symbol('a'), Symbol('a'), '$: a unique symbol'],
    ['a promise', [Promise.resolve(1)], [Promise.resolve(2)], '$[0]: an instance of Promise'],
    ['a weak map', new WeakMap(), new WeakMap(), '$: an instance of WeakMap'],
    [
      'a chunk of a stream',
      { chunks: [new Money(1)] },
      { chunks: [new Money(2)] },
      '$.chunks[0]: an instance',
    ],
    ['deep in a list', [[{ a: [new Money(1)] }]], [[{ a: [new Money(2)] }]], '$[0][0].a[0]: an instance'],
    ['a map with fields', new Cart([['a', 1]]), new Cart([['a', 1]]), '$: an instance of Cart, kept as Map'],
    [
      'a property of an error',
      rejected(new Money(1)),
      rejected(new Money(2)),
      '$.detail: an instance of Money',
    ],
    ['an error with private fields', new SecretError(1), new SecretError(2), 'which has private fields'],
    [
      'an array with properties',
      Object.assign([1], { next: 1 }),
      Object.assign([1], { next: 2 }),
      '$: own properties',
    ],
    ['what throws', throwing(), throwing(), '$.a: could not be read'],
    ['a proxy of an object with private fields', new Proxy(new Money(1), {}), new Money(1), 'Money'],
  ])('%s', (_, before, after, reason) => {
    expect(compare(before, after)).toEqual(unknown(reason))
  })

  test('even if only one of both could not be read', () => {
    expect(compare({ a: 1, f: () => 1 }, { a: 2, f: () => 1 })).toEqual({ result: 'different' })
    const was = encodeValue({ f: 'x' })
    expect(comparePayloads({ ...was, lossy: ['$.f: too deep'] }, was)).toEqual(unknown('$.f: too deep'))
  })

  test('but different if their readable parts differ', () => {
    expect(compare(new Order(1), new Order(2))).toEqual({ result: 'different' })
    expect(compare([new Money(1), 'a'], [new Money(1), 'b'])).toEqual({ result: 'different' })
    expect(compare(new Cart([['a', 1]]), new Cart([['a', 2]]))).toEqual({ result: 'different' })
    expect(compare(new Order(1), { id: 1 })).toEqual({ result: 'different' })
  })

  test('names only a few paths of many', () => {
    const many = Array.from({ length: 300 }, () => new Money(1))
    const { reason } = compare(many, many) as { reason: string }
    expect(reason).toBe(
      'not everything in it can be read ($[0]: an instance of Money, $[1]: an instance of Money, $[2]: an instance of Money and 97 more)',
    )
  })
})

function holed(value: number) {
  const list: unknown[] = []
  list[1] = value
  return list
}

function rejected(detail: unknown) {
  return Object.assign(new Error('no'), { detail })
}

function throwing() {
  return {
    get a() {
      throw new Error('not now')
    },
  }
}

describe('complete values are compared', () => {
  test.each<[string, unknown, unknown]>([
    [
      'errors of own classes, by name, message and fields',
      new RateLimitError('no', 1),
      new RateLimitError('no', 1),
    ],
    ['numbers that JSON has no word for', [Number.NaN, -0], [Number.NaN, -0]],
    ['holes', holed(1), holed(1)],
    [
      'maps in any order',
      new Map([
        [1, 2],
        [3, 4],
      ]),
      new Map([
        [3, 4],
        [1, 2],
      ]),
    ],
  ])('%s', (_, before, after) => {
    expect(compare(before, after)).toEqual({ result: 'same' })
  })

  test.each<[string, unknown, unknown]>([
    ['errors of own classes', new RateLimitError('no', 1), new RateLimitError('no', 2)],
    ['a zero and a negative one', -0, 0],
    ['bytes of two classes', Buffer.from('a'), new Uint8Array([97])],
    ['a hole and undefined', holed(1), [undefined, 1]],
  ])('%s', (_, before, after) => {
    expect(compare(before, after)).toEqual({ result: 'different' })
  })
})

describe('redacted values', () => {
  test('are unknown if everything else is equal, and different if not', () => {
    expect(compare({ user: 1, password: 'a' }, { user: 1, password: 'a' })).toEqual(
      unknown('$.password: redacted'),
    )
    expect(compare({ user: 1, password: 'a' }, { user: 2, password: 'a' })).toEqual({ result: 'different' })
    expect(compare({ user: 1, password: 'a' }, { user: 1 })).toEqual({ result: 'different' })
  })

  test('are unknown even if the redaction rule is newer than the recording', () => {
    const before = { json: '{"user":1,"password":"a","of":{"password":"b"}}' }
    expect(comparePayloads(before, encodeValue({ user: 1, password: 'a', of: { password: 'b' } }))).toEqual(
      unknown('$.password: redacted, $.of.password: redacted'),
    )
    expect(comparePayloads(before, encodeValue({ user: 2, password: 'a', of: { password: 'b' } }))).toEqual({
      result: 'different',
    })
  })

  test('are unknown inside a JSON text', () => {
    const body = (id: number) => ({ body: JSON.stringify({ id, password: 'a' }) })
    expect(compare(body(1), body(1))).toEqual(unknown('$.body.password: redacted'))
    expect(compare(body(1), body(2))).toEqual({ result: 'different' })
    expect(comparePayloads({ json: JSON.stringify(body(1)) }, encodeValue(body(1)))).toEqual(
      unknown('$.body.password: redacted'),
    )
  })
})

describe('values that are too large to keep', () => {
  const cut = (truncated: number): Payload => ({ json: 'null', truncated })

  test('are unknown if their sizes are equal, different if not', () => {
    expect(comparePayloads(cut(9_000), cut(9_000))).toEqual(unknown('too large to keep (9000 bytes'))
    expect(comparePayloads(cut(9_000), cut(9_001))).toEqual({ result: 'different' })
  })

  test('are unknown next to a kept value of the same size, because limits change', () => {
    expect(comparePayloads(cut(100), { json: `"${'x'.repeat(100)}"` })).toEqual(unknown('too large'))
    expect(comparePayloads(cut(100), { json: '"x"' })).toEqual({ result: 'different' })
  })
})

test('a damaged value is unknown', () => {
  expect(comparePayloads({ json: '{' }, encodeValue(1))).toEqual(unknown('damaged'))
})
