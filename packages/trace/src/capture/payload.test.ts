import { EventEmitter } from 'node:events'
import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { decodeValue } from './decode.ts'
import { defaultLimits } from './limits.ts'
import { encodeValue } from './payload.ts'

const elsewhere = (code: string): unknown => runInContext(code, createContext({}))

test('a getter runs once, and its result is data', () => {
  let runs = 0
  const value = {
    get count() {
      return ++runs
    },
  }
  expect(encodeValue([value, value]).json).toBe('[{"count":1},null]')
  expect(runs).toBe(1)
})

test('a getter that throws loses only its own property', () => {
  const value = {
    before: 1,
    get broken() {
      throw new Error('no entry')
    },
    after: 2,
  }
  expect(encodeValue(value)).toEqual({
    json: '{"before":1,"broken":null,"after":2}',
    lossy: ['$.broken: could not be read: no entry'],
  })
})

test('a throwing getter of an error loses only its own property', () => {
  const error = Object.defineProperty(new TypeError('bad'), 'detail', {
    enumerable: true,
    get: () => {
      throw new Error('no entry')
    },
  })
  const payload = encodeValue({ error })
  expect(payload.lossy).toEqual(['$.error.detail: could not be read: no entry'])
  expect((decodeValue(payload) as { error: Error }).error).toMatchObject({
    message: 'bad',
    name: 'TypeError',
  })
})

test('toJSON is never called', () => {
  const value = { secret: 1, toJSON: () => ({ lie: true }) }
  expect(encodeValue({ value }).json).toBe('{"value":{"secret":"[redacted]","toJSON":"[Function toJSON]"}}')
})

test('a getter that throws does not cause a second run of another getter', () => {
  let runs = 0
  const value = {
    get count() {
      return ++runs
    },
    get broken(): never {
      throw new Error('no entry')
    },
  }
  expect(encodeValue({ value, again: value }).json).toBe('{"value":{"count":1,"broken":null},"again":null}')
  expect(runs).toBe(1)
})

test('Symbol.for keys are restored; other symbol keys are listed as lossy', () => {
  const eq = Symbol.for('eq')
  const value = { where: { [eq]: { at: new Date(0), [eq]: -0 }, [Symbol('mine')]: 1 } }
  const payload = encodeValue(value)
  expect(payload.json).toBe(
    '{"where":{"Symbol.for(eq)":{"at":"1970-01-01T00:00:00.000Z","Symbol.for(eq)":"-0"}}}',
  )
  expect(payload.lossy).toEqual(['$.where.Symbol(mine): a property with a unique symbol as its key'])
  expect(decodeValue(payload)).toEqual({ where: { [eq]: { at: new Date(0), [eq]: -0 } } })
  expect(Object.keys((decodeValue(payload) as typeof value).where)).toEqual([])
})

test('a Symbol.for key whose encoded name is taken is listed as lossy', () => {
  const value = { 'Symbol.for(eq)': 1, [Symbol.for('eq')]: 2 }
  const payload = encodeValue(value)
  expect(payload.lossy).toHaveLength(1)
  expect(decodeValue(payload)).toEqual({ 'Symbol.for(eq)': 1 })
})

test('extra properties of an array, and its subclass, are listed as lossy', () => {
  class List extends Array<number> {}
  const match = /(?<word>b)/.exec('abc')
  const payload = encodeValue([match, List.from([1]), Object.assign([1], { a: 1 }), new Array(3)])
  expect(payload.lossy).toEqual([
    '$[0]: own properties (index, input, groups)',
    '$[1]: an instance of List, kept as Array',
    '$[2]: own properties (a)',
  ])
  expect(encodeValue(elsewhere('[1, [2]]'))).toEqual({ json: '[1,[2]]' })
})

test('additions to Object.prototype do not count as properties', () => {
  const prototype = Object.prototype as { added?: unknown }
  prototype.added = () => 1
  try {
    expect(encodeValue({ a: { b: 1 } })).toEqual({ json: '{"a":{"b":1}}' })
  } finally {
    delete prototype.added
  }
})

test('a class instance is plain data with the name of its class', () => {
  class Order {
    readonly id = 7
  }
  const payload = encodeValue({ order: new Order() })
  expect(payload).toEqual({
    json: '{"order":{"id":7}}',
    meta: [[['order'], 'instance', 'Order']],
    lossy: ['$.order: an instance of Order'],
  })
  expect(decodeValue(payload)).toStrictEqual({ order: { id: 7 } })
})

test('a proxy is read through its traps, once', () => {
  const reads: string[] = []
  const proxy = new Proxy({ a: 1, b: { c: 2 } } as Record<string, unknown>, {
    get: (target, key) => {
      reads.push(String(key))
      return target[String(key)]
    },
  })
  expect(encodeValue(proxy).json).toBe('{"a":1,"b":{"c":2}}')
  expect(reads).toEqual(['a', 'b'])
})

test.each([
  ['a proxy with properties that it does not list', () => new Proxy({}, { get: (_, name) => name })],
  ['an object with only a non-enumerable property', () => Object.defineProperty({}, 'total', { value: 1 })],
  [
    'an object with a non-enumerable getter',
    () => Object.defineProperty(Object.create(null), 'total', { get: () => 1 }),
  ],
])('%s is marked, because its content is not accessible', (_what, make) => {
  const hidden = 'fields that cannot be listed'
  expect(encodeValue(make()).lossy).toEqual([`$: ${hidden}`])
  expect(encodeValue([{}, make()]).lossy).toEqual([`$[1]: ${hidden}`])
})

test('a plain object with a hidden property is kept, like an answer of the OpenAI SDK', () => {
  const answer = Object.defineProperty({ text: 'hi' }, '_request_id', { value: 'req_1', enumerable: false })
  expect(encodeValue([answer])).toEqual({ json: '[{"text":"hi"}]' })
})

test('empty objects and arrays are not marked', () => {
  expect(encodeValue([{}, Object.create(null), []]).lossy).toBeUndefined()
})

test('throwing and revoked proxies are marked, and their siblings are kept', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {})
  revoke()
  const { proxy: call, revoke: revokeCall } = Proxy.revocable(() => {}, {})
  revokeCall()
  const throwing = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('keep out')
      },
    },
  )
  const payload = encodeValue([revoked, call, throwing, 'kept'])
  expect(payload.json).toBe('[null,"[Function (anonymous)]",null,"kept"]')
  expect(payload.lossy).toEqual([
    expect.stringMatching(/^\$\[0\]: could not be read: .*revoked/),
    '$[1]: a function',
    '$[2]: could not be read: keep out',
  ])
})

test('a Proxy of a Map is marked, because its methods do not work', () => {
  expect(encodeValue(new Proxy(new Map([[1, 2]]), {})).lossy).toEqual(['$: an instance of Map'])
})

test('frozen objects are captured like others and stay frozen', () => {
  const value = Object.freeze({ list: Object.freeze([1, Object.freeze(new Map([[1, 2]]))]) })
  expect(decodeValue(encodeValue(value))).toEqual(value)
})

test('a detached buffer and its views are marked', () => {
  const buffer = new ArrayBuffer(8)
  const view = new Uint8Array(buffer)
  structuredClone(buffer, { transfer: [buffer] })
  expect(encodeValue([buffer, view, 'kept'])).toMatchObject({
    json: '[null,null,"kept"]',
    lossy: [
      expect.stringMatching(/^\$\[0\]: could not be read/),
      expect.stringMatching(/^\$\[1\]: could not be read/),
    ],
  })
})

test('functions, unique symbols, class instances and sockets are marked with their paths', () => {
  class Money {
    readonly amount = 5
  }
  const value = { at: [() => 1, Symbol('mine')], order: { price: new Money() }, emitter: new EventEmitter() }
  const payload = encodeValue(value)
  expect(payload.lossy).toEqual(
    expect.arrayContaining([
      '$.at[0]: a function',
      '$.at[1]: a unique symbol',
      '$.order.price: an instance of Money',
      '$.emitter: an instance of EventEmitter',
    ]),
  )
  expect(decodeValue(payload)).toMatchObject({ order: { price: { amount: 5 } } })
})

test('a subclass of a built-in class is marked and kept as the built-in class', () => {
  class Registry extends Map<string, number> {}
  class NotFound extends RangeError {}
  const dated = Object.assign(new Date(0), { label: 'start' })
  const payload = encodeValue([new Registry([['a', 1]]), new NotFound('gone'), dated])
  expect(payload.lossy).toEqual([
    '$[0]: an instance of Registry, kept as Map',
    '$[2]: own properties (label)',
  ])
  expect(decodeValue(payload)).toEqual([new Map([['a', 1]]), new RangeError('gone'), new Date(0)])
})

test('a class name that is not a string is ignored', () => {
  class Odd {}
  Object.defineProperty(Odd, 'name', { value: Symbol('odd') })
  expect(encodeValue(new Odd()).lossy).toEqual(['$: an instance of (anonymous)'])
})

test('values of another realm have the same kinds', () => {
  const value = elsewhere(
    '({ date: new Date(0), map: new Map([[1, { a: [2] }]]), error: new TypeError("far"), re: /x/g, big: 1n })',
  )
  const payload = encodeValue(value)
  expect(payload.lossy).toBeUndefined()
  expect(decodeValue(payload)).toEqual({
    date: new Date(0),
    map: new Map([[1, { a: [2] }]]),
    error: new TypeError('far'),
    re: /x/g,
    big: 1n,
  })
  expect((decodeValue(payload) as { error: Error }).error).toBeInstanceOf(TypeError)
})

test('a too deep value is marked, and a depth of a million does not overflow the stack', () => {
  let deep: object = {}
  for (let depth = 0; depth < 1_000_000; depth++) deep = { deep }
  const { lossy, json } = encodeValue(deep)
  expect(lossy).toHaveLength(1)
  expect(lossy?.[0]).toMatch(/^\$(\.deep)+: too deep$/)
  expect(json.length).toBeLessThan(5_000)
})

test('a too long value keeps its first items and is marked', () => {
  const limits = { ...defaultLimits, maxLength: 3 }
  const wide = { a: 1, b: 2, c: 3, d: 4 }
  expect(encodeValue({ ids: [1, 2, 3, 4], wide, few: [1] }, limits)).toEqual({
    json: '{"ids":[1,2,3],"wide":{"a":1,"b":2,"c":3},"few":[1]}',
    lossy: ['$.ids: 4 items, only the first 3 kept', '$.wide: more than 3 properties, the first 3 kept'],
  })
})

test('a payload beyond its limit is replaced by its size in bytes', () => {
  const limits = { ...defaultLimits, maxPayloadBytes: 100 }
  expect(encodeValue('x'.repeat(98), limits)).toEqual({ json: `"${'x'.repeat(98)}"` })
  expect(encodeValue('x'.repeat(99), limits)).toEqual({ json: 'null', truncated: 101 })
  expect(encodeValue('€'.repeat(40), limits)).toEqual({ json: 'null', truncated: 122 })
  expect(encodeValue(Buffer.alloc(90), limits).truncated).toBeGreaterThan(100)
  expect(encodeValue(new Array(10).fill(undefined), limits).truncated).toBeGreaterThan(100)
})

test('a huge value is truncated before it is copied', () => {
  const text = 'x'.repeat(1_000_000)
  const reads: number[] = []
  const pages = Array.from({ length: 1000 }, (_, index) => ({
    get text() {
      reads.push(index)
      return text
    },
  }))
  expect(encodeValue(pages).truncated).toBeGreaterThanOrEqual(5_000_000)
  expect(reads).toHaveLength(5)
})

test('at most a hundred losses are listed', () => {
  const handlers = Array.from({ length: 100_000 }, () => () => {})
  expect(encodeValue(handlers).lossy).toHaveLength(100)
})

test('later changes to a captured value have no effect', () => {
  const value = { list: [1], at: new Date(0), bytes: new Uint8Array([1]), map: new Map([['a', { b: 1 }]]) }
  const payload = encodeValue(value)
  const before = structuredClone(value)
  value.list.push(2)
  value.at.setTime(5)
  value.bytes[0] = 9
  value.map.clear()
  expect(decodeValue(payload)).toEqual(before)
})
