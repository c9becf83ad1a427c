import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

function freezeAll<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freezeAll(inner)
  return Object.freeze(value)
}

const order = () => ({ id: 7, lines: [{ sku: 'a', count: 1 }], paid: undefined, at: new Date(0) })

class Settings {
  readonly region = 'eu'
}

/** The observable extensibility of a value and its parts. */
function states(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null
  return [
    Object.isFrozen(value),
    Object.isSealed(value),
    Object.isExtensible(value),
    Object.entries(value).map(([key, inner]) => [key, states(inner)]),
  ]
}

describe('a served answer is as extensible as the recorded one', () => {
  test.each<readonly [string, () => unknown]>([
    ['a frozen object', () => Object.freeze(order())],
    ['a sealed one', () => Object.seal(order())],
    ['a non-extensible one', () => Object.preventExtensions(order())],
    ['a deeply frozen one', () => freezeAll(order())],
    ['one with a frozen list', () => ({ ...order(), lines: Object.freeze(order().lines) })],
    ['a frozen list of unfrozen objects', () => Object.freeze([order(), order()])],
    ['a frozen Map', () => Object.freeze(new Map([['a', 1]]))],
    ['one that contains itself', () => freezeAll({ ...order() })],
    ['one with bytes in it', () => Object.freeze({ bytes: new Uint8Array(2), lines: Object.freeze([1]) })],
    ['an extensible one', order],
  ])('%s, returned and resolved', async (_what, make) => {
    for (const mock of ['marked', 'all'] as const) {
      const tape = newTape()
      const tools = [
        tape.tracer.traced('sync', { mockOnReplay: true }, () => make()),
        tape.tracer.traced('async', { mockOnReplay: true }, async () => make()),
      ]
      const fn = tape.tracer.traced('fn', async () => {
        const seen: unknown[] = []
        for (const tool of tools) {
          const answer = await tool()
          seen.push(states(answer), answer)
        }
        return seen
      })
      const item = await recordAndReplay(tape, fn, { mock })
      expect(item).toMatchObject({ same: true, mocks: { served: [{}, {}], missed: [] } })
      expect((item.result as unknown[])[0]).toEqual(states(make()))
    }
  })

  test('an instance of a class with a codec is frozen again', async () => {
    const tape = newTape()
    const load = tape.tracer.traced('load', { mockOnReplay: true }, async () => ({
      settings: Object.freeze({ ...new Settings() }),
    }))
    const fn = tape.tracer.traced('fn', async () => {
      const { settings } = await load()
      return [Reflect.set(settings, 'region', 'us'), settings.region]
    })
    expect(await recordAndReplay(tape, fn, { mock: 'marked' })).toMatchObject({
      same: true,
      result: [false, 'eu'],
    })
  })
})
