import { isDeepStrictEqual } from 'node:util'
import type { PayloadMark } from '@runtape/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { structureOf, values } from '../../test/values.ts'
import { decodeValue } from './decode.ts'
import { fingerprint } from './fingerprint.ts'
import { defaultLimits } from './limits.ts'
import { encodeValue as encodeWith } from './payload.ts'

// A random property may have the name of a secret, and a random text may have its shape.
const encodeValue = (value: unknown) =>
  encodeWith(value, { ...defaultLimits, isSecret: () => false, redactsValues: false })

const again = (value: unknown) => decodeValue(encodeValue(value))

test('every value of the supported kinds is restored equal, with its shared references', () => {
  fc.assert(
    fc.property(values, value => {
      const payload = encodeValue(value)
      const back = decodeValue(payload)
      expect(payload.lossy).toBeUndefined()
      if (!isDeepStrictEqual(back, value)) expect(back).toStrictEqual(value)
      expect(structureOf(back)).toEqual(structureOf(value))
    }),
    { numRuns: 2000 },
  )
})

test('capturing does not change the value', () => {
  fc.assert(
    fc.property(values, value => {
      const before = structureOf(value)
      encodeValue(value)
      expect(structureOf(value)).toEqual(before)
    }),
  )
})

test('a restored value has the same payload and fingerprint', () => {
  fc.assert(
    fc.property(values, value => {
      const payload = encodeValue(value)
      expect(encodeValue(decodeValue(payload))).toEqual(payload)
      expect(fingerprint(encodeValue(decodeValue(payload)))).toBe(fingerprint(payload))
    }),
  )
})

test('capturing any value returns JSON and never throws', () => {
  fc.assert(
    fc.property(
      fc.anything({ withBoxedValues: true, withDate: true, withMap: true, withSet: true }),
      value => {
        const payload = encodeValue(value)
        expect(() => JSON.parse(payload.json)).not.toThrow()
        expect(() => decodeValue(payload)).not.toThrow()
      },
    ),
  )
})

test('plain JSON is captured unchanged, without marks', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      // JSON has no -0, so a payload marks it.
      const json = JSON.parse(JSON.stringify(value))
      expect(encodeValue(json)).toEqual({ json: JSON.stringify(json) })
    }),
  )
})

test('a cycle is restored as a cycle', () => {
  const node: { self?: unknown; list: unknown[]; map: Map<unknown, unknown> } = { list: [], map: new Map() }
  node.self = node
  node.list.push(node.list, node)
  node.map.set(node, node.map)
  const back = again(node) as typeof node
  expect(back.self).toBe(back)
  expect(back.list[0]).toBe(back.list)
  expect(back.list[1]).toBe(back)
  expect(back.map.get(back)).toBe(back.map)
})

test('a shared object is restored as one, next to any other marks', () => {
  const shared = { at: new Date(0) }
  const back = again({ first: shared, between: [new Date(1), shared], last: shared }) as Record<
    string,
    unknown
  >
  expect(back.last).toBe(back.first)
  expect((back.between as unknown[])[1]).toBe(back.first)
  expect(back.first).toEqual(shared)
})

test('references among thousands of objects are restored', () => {
  const nodes: { id: number; to?: unknown }[] = Array.from({ length: 3_000 }, (_, id) => ({ id }))
  for (const node of nodes) node.to = nodes[(node.id * 7 + 11) % nodes.length]
  const back = again(nodes) as typeof nodes
  for (const node of back) expect(node.to).toBe(back[(node.id * 7 + 11) % nodes.length])
  expect(encodeValue(back)).toEqual(encodeValue(nodes))
})

test('views and Buffers keep their class', () => {
  for (const view of [
    Buffer.from('ab'),
    new Uint8Array(2),
    new Float64Array([1.5]),
    new BigInt64Array([-1n]),
  ]) {
    expect(Object.getPrototypeOf(again(view))).toBe(Object.getPrototypeOf(view))
    expect(again(view)).toEqual(view)
  }
  expect(again(new DataView(new ArrayBuffer(3)))).toBeInstanceOf(DataView)
  const part = new Uint16Array(new Uint8Array([0, 0, 1, 2, 3, 4, 0, 0]).buffer, 2, 2)
  expect(again(part)).toEqual(part)
})

test('an error keeps class, message, stack, cause and its own fields, enumerable or not', () => {
  const cause = new RangeError('too many')
  const error = Object.assign(new TypeError('no', { cause }), {
    status: 429,
    name: 'Refused',
    seen: new Set([1]),
  })
  const back = again(error) as typeof error
  expect(back).toBeInstanceOf(TypeError)
  expect(back).toMatchObject({
    message: 'no',
    stack: error.stack,
    status: 429,
    name: 'Refused',
    seen: new Set([1]),
  })
  expect(back.cause).toBeInstanceOf(RangeError)
  expect(Object.keys(back).sort()).toEqual(Object.keys(error).sort())
})

test('an AggregateError keeps its errors, and an abort is still a DOMException', () => {
  const all = again(new AggregateError([new Error('a'), 'b'], 'both')) as AggregateError
  expect(all).toBeInstanceOf(AggregateError)
  expect(all.errors).toEqual([new Error('a'), 'b'])
  const abort = again(AbortSignal.abort().reason) as DOMException
  expect(abort).toBeInstanceOf(DOMException)
  expect(abort).toMatchObject({ name: 'AbortError', code: 20, message: 'This operation was aborted' })
})

test('an error that is its own cause is restored', () => {
  const error = new Error('round')
  error.cause = error
  const back = again(error) as Error
  expect(back.cause).toBe(back)
})

test('a property called __proto__ is restored as a property', () => {
  const value = JSON.parse('{"__proto__":{"admin":true},"list":[{"__proto__":1}]}') as object
  const withMark = Object.defineProperty({}, '__proto__', { value: new Date(0), enumerable: true })
  for (const whole of [value, withMark]) {
    const back = again(whole) as { admin?: boolean }
    expect(Object.hasOwn(back, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(back.admin).toBeUndefined()
    expect(back).toStrictEqual(whole)
  }
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('a forged payload cannot reach a prototype', () => {
  const paths = [
    ['__proto__', 'admin'],
    ['constructor', 'prototype', 'admin'],
    ['list', '__proto__', 'admin'],
    ['admin'],
  ]
  for (const path of paths) {
    for (const mark of [
      'date',
      'undefined',
      'instance',
      'null-prototype',
      'set',
      'error',
      'symbol-keys',
      'ref',
      'holes',
    ]) {
      for (const detail of [undefined, [], ['admin'], ['__proto__'], ['Symbol.for(admin)']]) {
        const payload = { json: '{"list":[]}', meta: [[path, mark, detail]] as unknown as PayloadMark[] }
        try {
          decodeValue(payload)
        } catch {
          // Such a payload may be unreadable.
        }
        for (const victim of [{}, [], new Date(), Object])
          expect(Object.hasOwn(Object.getPrototypeOf(victim), 'admin')).toBe(false)
        expect(({} as { admin?: unknown }).admin).toBeUndefined()
      }
    }
  }
})

test('objects with then, toJSON or constructor properties are plain data', () => {
  const names = ['then', 'toJSON', 'constructor', 'hasOwnProperty', 'length']
  const value = Object.fromEntries(names.map((name, index) => [name, index]))
  expect(again(value)).toStrictEqual(value)
})

test('one hundred thousand marks are decoded without a deep stack', () => {
  const dates = Array.from({ length: 100_000 }, (_, index) => new Date(index))
  expect((again(dates) as Date[]).map(Number)).toEqual(dates.map(Number))
})

test('a restored function fails when called, and names its path', () => {
  const payload = encodeValue([{ onEvent: function notify() {}, list: [(text: string) => text] }])
  expect(payload.lossy).toEqual(['$[0].onEvent: a function', '$[0].list[0]: a function'])
  const [made] = decodeValue(payload) as [{ onEvent: () => void; list: [() => void] }]
  expect(made.onEvent.name).toBe('notify')
  expect(made.onEvent).toThrow(/The tape has only the name of the function notify at \$\[0\]\.onEvent/)
  expect(made.list[0]).toThrow(/at \$\[0\]\.list\[0\]/)
  // Older recordings have no mark for functions.
  const { meta: _, ...before } = encodeValue({ f: function f() {} })
  expect(fingerprint(before)).toBe(fingerprint(encodeValue({ f: function f() {} })))
})
