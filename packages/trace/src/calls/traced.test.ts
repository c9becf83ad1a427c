import { currentFrame } from '@runtape/core/internal'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { inputOf, outputOf, tape } from '../../test/tape.ts'
import { configureTracing } from '../tracing.ts'
import { definitionOf, traced, traceFunction } from './traced.ts'

afterEach(() => configureTracing(undefined))

test('a function keeps its length, name, own and inherited properties', () => {
  const find = Object.assign(
    async function find(_id: string, _deep?: boolean) {
      return 1
    },
    { displayName: 'Find', [Symbol.for('x')]: 1 },
  )
  const wrapped = traced('find', find)
  expect(wrapped.length).toBe(2)
  expect(wrapped.name).toBe('find')
  expect(wrapped.displayName).toBe('Find')
  expect(wrapped[Symbol.for('x') as never]).toBe(1)
  expect(Object.prototype.toString.call(wrapped)).toBe('[object AsyncFunction]')
  expect(Object.keys(wrapped)).toEqual(Object.keys(find))
})

test('a function keeps its type, even if generic or overloaded', () => {
  const first = traced('first', <T>(list: readonly T[]): T | undefined => list[0])
  expectTypeOf(first(['a'])).toEqualTypeOf<string | undefined>()
  function parse(text: string): number
  function parse(text: string, all: true): number[]
  function parse(text: string, all?: true): number | number[] {
    return all ? text.split(',').map(Number) : Number(text)
  }
  const wrapped = traced('parse', parse)
  expectTypeOf(wrapped('1')).toEqualTypeOf<number>()
  expectTypeOf(wrapped('1', true)).toEqualTypeOf<number[]>()
  expect(wrapped('1,2', true)).toEqual([1, 2])
})

test('a function keeps its type, with any parameters and result', () => {
  interface Cart {
    total: number
  }
  const add = traced('add', function (this: Cart, by: number): Cart {
    this.total += by
    return this
  })
  expectTypeOf(add).thisParameter.toEqualTypeOf<Cart>()
  expectTypeOf(add).returns.toEqualTypeOf<Cart>()
  const isText = traceFunction('is').wrap((value: unknown): value is string => typeof value === 'string')
  expectTypeOf(isText).guards.toEqualTypeOf<string>()
  const stream = traced('stream', async function* (count: number): AsyncGenerator<number, string, boolean> {
    return (yield count) ? 'yes' : 'no'
  })
  expectTypeOf(stream).returns.toEqualTypeOf<AsyncGenerator<number, string, boolean>>()
  const pick = traced(
    'pick',
    { type: 'tool' },
    <T extends object, K extends keyof T>(from: T, key: K): T[K] => from[key],
  )
  expectTypeOf(pick({ a: 1 }, 'a')).toEqualTypeOf<number>()
  // @ts-expect-error the key does not exist
  pick({ a: 1 }, 'b')
  const found: { readonly find: (id: string) => Promise<number>; readonly limit: 3 } = Object.assign(
    async (_id: string) => 1,
    { find: async (_id: string) => 1, limit: 3 as const },
  )
  expectTypeOf(traced('found', found.find)).toEqualTypeOf(found.find)
  const cart = { total: 1, add }
  expect(cart.add(2).total).toBe(3)
})

test('a method keeps its this, on an instance, a prototype and a class', () => {
  const { traced, only, spans } = tape()
  class Counter {
    count = 1
    add(by: number) {
      this.count += by
      return this
    }
    static of() {
      return new this()
    }
  }
  Counter.prototype.add = traced('add', Counter.prototype.add)
  const counter = new Counter()
  expect(counter.add(2)).toBe(counter)
  expect(counter.count).toBe(3)
  expect(inputOf(only())).toEqual([2])
  Counter.of = traced('of', Counter.of)
  class Sub extends Counter {}
  expect(Sub.of()).toBeInstanceOf(Sub)
  expect(spans).toHaveLength(2)
})

test('a constructor works with new, instanceof and extends', () => {
  const { traced, spans } = tape()
  function Point(this: { x: number }, x: number) {
    this.x = x
  }
  const Wrapped = traced('Point', Point) as unknown as { new (x: number): { x: number } }
  const point = new Wrapped(3)
  expect(point).toMatchObject({ x: 3 })
  expect(point).toBeInstanceOf(Point)
  expect(point).toBeInstanceOf(Wrapped)
  class Sub extends Wrapped {}
  expect(new Sub(1)).toBeInstanceOf(Sub)
  expect(spans).toHaveLength(0)
})

test('a class keeps its own and inherited statics', () => {
  class Base {
    readonly id = 1
    static kind = 'base'
  }
  class Model extends Base {
    static table = 'models'
  }
  const Wrapped = traced('Model', Model as unknown as () => void) as unknown as typeof Model
  expect(Wrapped.table).toBe('models')
  expect(Wrapped.kind).toBe('base')
  expect(new Wrapped()).toBeInstanceOf(Model)
})

test('a frozen or already traced function can be traced', () => {
  const { traced, spans } = tape()
  const twice = traced(
    'outer',
    traced(
      'inner',
      Object.freeze((a: number) => a + 1),
    ),
  )
  expect(twice(1)).toBe(2)
  expect(spans.map(span => span.key)).toEqual(['inner', 'outer'])
  expect(definitionOf(twice)?.key).toBe('outer')
})

test('the declaration of a function is readable, and is on its spans', () => {
  const { traced, traceFunction, only } = tape()
  const pay = traced('pay', { name: 'pay by card', type: 'tool', mockOnReplay: true }, () => 1)
  const definition = { key: 'pay', name: 'pay by card', type: 'tool', mockOnReplay: true }
  expect(definitionOf(pay)).toEqual(definition)
  pay()
  expect(only()).toMatchObject(definition)
  expect(definitionOf(traced('plain', () => 1))).toEqual({
    key: 'plain',
    name: 'plain',
    type: 'function',
    mockOnReplay: false,
  })
  expect(definitionOf(traceFunction('orders').wrap(function lookup() {}))?.name).toBe('lookup')
  expect(definitionOf(() => 1)).toBeUndefined()
  expect(definitionOf(null)).toBeUndefined()
})

test('a non-function and a non-string key are refused by name', () => {
  expect(() => traced('orders.find', {} as never)).toThrow("traced('orders.find') needs a function to trace")
  expect(() => traced('orders.find', { type: 'tool' }, undefined as never)).toThrow('needs a function')
  expect(() => traced(undefined as never, () => 1)).toThrow('needs a key')
})

test('configureTracing without a sink is refused at once', () => {
  expect(() => configureTracing({} as never)).toThrow('needs a sink')
  expect(() => configureTracing(undefined)).not.toThrow()
})

test('without tracing, a function just runs, without a frame', () => {
  const run = traceFunction('run').wrap((n: number) => [n, currentFrame()])
  expect(run(1)).toEqual([1, undefined])
})

test('tracing configured later records functions traced earlier', () => {
  const add = traced('add', (a: number, b: number) => a + b)
  add(1, 2)
  const spans: unknown[] = []
  const sink = {
    append: (span: unknown) => void spans.push(span),
    flush: async () => {},
    close: async () => {},
  }
  configureTracing({ sink })
  add(3, 4)
  configureTracing(undefined)
  add(5, 6)
  expect(spans).toEqual([
    expect.objectContaining({ key: 'add', input: { json: '[3,4]' }, output: { json: '7' } }),
  ])
})

test('the input is recorded as it was at the start of the call', async () => {
  const { traced, only } = tape()
  const drain = traced('drain', async (queue: number[], seen: Set<number>) => {
    while (queue.length > 0) seen.add(queue.pop() as number)
    await null
    queue.push(99)
  })
  await drain([1, 2], new Set())
  expect(inputOf(only())).toEqual([[1, 2], new Set()])
})

test('the output is recorded as it was at the end of the call', () => {
  const { traced, only } = tape()
  const list = traced('list', () => [1])()
  list.push(2)
  expect(outputOf(only())).toEqual([1])
})

test('a span has its start time and duration in milliseconds', async () => {
  const { traced, only } = tape()
  const before = Date.now()
  await traced('wait', () => new Promise(resolve => setTimeout(resolve, 30)))()
  const { startedAt, durationMs } = only()
  expect(startedAt).toBeGreaterThanOrEqual(before)
  expect(startedAt).toBeLessThanOrEqual(Date.now() - 29)
  expect(durationMs).toBeGreaterThanOrEqual(29)
  expect(durationMs).toBeLessThan(5_000)
})
