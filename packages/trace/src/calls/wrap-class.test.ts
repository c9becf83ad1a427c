import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { tape } from '../../test/tape.ts'
import { definitionOf } from './traced.ts'

class Base {
  readonly kind = 'base'
}
class Model extends Base {
  static count = 0
  static #secret = 1
  readonly target: unknown
  constructor() {
    super()
    this.target = new.target
  }
  static next() {
    Model.count++
    return Model.#secret
  }
  static of() {
    return new this()
  }
}
const wrap = <C>(fn: C): C => tape().traced('Model', fn as never) as C

// Node 26 names every proxy.
const isNamed = Number.parseInt(process.versions.node, 10) >= 26
const shown = (text: string) => (isNamed ? `Proxy(${text})` : text)

test('a traced class looks like the class itself', () => {
  const Traced = wrap(Model)
  expect(inspect(Traced)).toBe(shown('[class Model extends Base] { count: 0 }'))
  expect(inspect(new Traced())).toBe(inspect(new Model()))
  expect(inspect(wrap(class {}))).toBe(shown('[class (anonymous)]'))
  expect(inspect(wrap(class Shape extends Map {}))).toBe(shown('[class Shape extends Map]'))
  expect([Traced.name, Traced.length, Traced.prototype, Object.getPrototypeOf(Traced)]).toEqual([
    'Model',
    0,
    Model.prototype,
    Base,
  ])
  expect(definitionOf(Traced)?.key).toBe('Model')
  expect(definitionOf(Model)).toBeUndefined()
})

test('its instances, subclasses and statics are those of the class', () => {
  const Traced = wrap(Model)
  class Sub extends Traced {}
  expect(new Traced()).toBeInstanceOf(Model)
  expect(new Traced().target).toBe(Model)
  expect(new Sub().target).toBe(Sub)
  expect(new Sub()).toBeInstanceOf(Traced)
  expect(Sub.of()).toBeInstanceOf(Sub)
  expect(Traced.next()).toBe(1)
  Traced.count = 7
  expect(Model.count).toBe(7)
  Model.count = 0
})

test('a class still needs new, and a callable constructor is still recorded', () => {
  const { traced, spans } = tape()
  const Traced = traced('Model', Model as never) as unknown as () => void
  expect(() => Traced()).toThrow("Class constructor Model cannot be invoked without 'new'")
  function Old(this: { x: number }, x: number) {
    this.x = x
  }
  const old = traced('Old', Old)
  old.call({ x: 0 }, 1)
  const decoy = traced(
    'decoy',
    Object.assign(() => 1, { toString: () => 'class X {}' }),
  )
  expect(decoy()).toBe(1)
  expect(spans.map(({ key }) => key)).toEqual(['Model', 'Old', 'decoy'])
})
