import { expect, test } from 'vitest'
import { cpuMs } from '../test/cpu-ms.ts'
import { tape } from '../test/tape.ts'

// Arguments and results of a traced function, and the losses that its span then lists.
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const hostile = () =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('keep out')
      },
      ownKeys: () => {
        throw new Error('keep out')
      },
      getPrototypeOf: () => {
        throw new Error('keep out')
      },
    },
  )
const detached = () => {
  const buffer = new ArrayBuffer(8)
  const view = new Uint8Array(buffer)
  structuredClone(buffer, { transfer: [buffer] })
  return view
}
const circularError = () => {
  const error = new Error('round') as Error & { self?: unknown }
  error.cause = error
  error.self = { error }
  return error
}

const cases: [what: string, value: unknown, said: RegExp | undefined][] = [
  ['a revoked proxy', revoked(), /could not be read: .*revoked/],
  ['a proxy that throws', hostile(), /could not be read: keep out/],
  [
    'a getter that throws',
    Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('no')
      },
    }),
    /\.a: could not be read: no/,
  ],
  ['a frozen object', Object.freeze({ a: Object.freeze([1]) }), undefined],
  ['a detached buffer', detached(), /could not be read: its buffer is detached/],
  ['a function', () => 1, /: a function/],
  ['a class', class A {}, /: a function/],
  ['a circular error', circularError(), undefined],
  [
    'a toJSON that throws',
    {
      toJSON: () => {
        throw new Error('no')
      },
    },
    /\.toJSON: a function/,
  ],
  ['a toJSON that lies', { a: 1, toJSON: () => 2 }, /\.toJSON: a function/],
  ['a valueOf and toString that throw', { valueOf: null, toString: null }, undefined],
  [
    'an object whose constructor throws',
    Object.create({
      get constructor() {
        throw new Error('no')
      },
    }),
    /could not be read: no/,
  ],
  ['a WeakMap', new WeakMap(), /an instance of WeakMap/],
  ['a lone surrogate', '\ud800', undefined],
]

test.each(cases)(
  '%s is passed and returned unchanged, and the span lists its losses',
  (_what, value, said) => {
    const { traced, only } = tape()
    expect(Object.is(traced('same', (it: unknown) => it)(value), value)).toBe(true)
    const { input, output, status } = only()
    expect(status).toBe('ok')
    for (const payload of [input, output]) {
      expect(() => JSON.parse(payload?.json ?? '')).not.toThrow()
      if (said) expect(payload?.lossy?.join()).toMatch(said)
      else expect(payload?.lossy).toBeUndefined()
    }
  },
)

test.each(cases)('%s is thrown unchanged, and the span lists its losses', (_what, value, said) => {
  const { traced, only } = tape()
  const fail = traced('fail', () => {
    throw value
  })
  let thrown: unknown
  try {
    fail()
  } catch (error) {
    thrown = error
  }
  expect(Object.is(thrown, value)).toBe(true)
  const { error, status } = only()
  expect(status).toBe('error')
  if (said) expect(error?.value.lossy?.join()).toMatch(said)
})

test('a text of 100 MB is marked as truncated, and never copied', () => {
  const { traced, only } = tape()
  const text = 'x'.repeat(100_000_000)
  const started = cpuMs()
  expect(traced('length', (it: string) => it.length)(text)).toBe(100_000_000)
  expect(cpuMs() - started).toBeLessThan(1_000)
  expect(only().input).toEqual({ json: 'null', truncated: 100_000_000 })
})

test('a value that overflows the stack while encoded is marked', () => {
  const { traced, only } = tape({ maxDepth: 1_000_000 })
  let deep: object = {}
  for (let depth = 0; depth < 200_000; depth++) deep = { deep }
  expect(traced('deep', (_: object) => 1)(deep)).toBe(1)
  expect(only().input.lossy).toHaveLength(1)
})

test('an arguments list with its own getter is read once', () => {
  let reads = 0
  const order = {
    get total() {
      return ++reads
    },
  }
  const { traced, only } = tape()
  expect(traced('same', (it: typeof order) => it)(order)).toBe(order)
  expect(only().input.json).toBe('[{"total":1}]')
  expect(only().output?.json).toBe('{"total":2}')
})
