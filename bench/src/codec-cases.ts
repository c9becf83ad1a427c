import { isDeepStrictEqual } from 'node:util'

/** A kind of value, and whether the decoded value equals it. */
export interface CodecCase {
  readonly kind: string
  readonly value: () => unknown
  readonly isSame?: (back: never, value: never) => boolean
}

const sameClass = (back: object, value: object) =>
  Object.getPrototypeOf(back) === Object.getPrototypeOf(value) && isDeepStrictEqual(back, value)

const date = new Date(1_700_000_000_000)
const rich = () => Object.assign(new TypeError('no', { cause: new RangeError('why') }), { status: 429 })

function cyclic(): unknown {
  const node: { self?: unknown; list: unknown[]; map: Map<unknown, unknown> } = { list: [], map: new Map() }
  node.self = node
  node.list.push(node.list)
  node.map.set(node, node.map)
  return node
}

interface Cycle {
  readonly self: unknown
  readonly list: unknown[]
  readonly map: Map<unknown, unknown>
}

/** The kinds of value that the tape must keep. */
export const codecCases: readonly CodecCase[] = [
  { kind: 'Date', value: () => ({ at: date }) },
  { kind: 'invalid Date', value: () => new Date(Number.NaN) },
  { kind: 'Map, Set', value: () => new Map<unknown, unknown>([[{ a: 1 }, new Set([1, date])]]) },
  { kind: 'BigInt', value: () => [12n, -1n] },
  {
    kind: 'typed arrays',
    value: () => [new Uint8Array([1, 2]), new Float64Array([0.5]), new BigInt64Array([1n])],
  },
  { kind: 'Buffer', value: () => Buffer.from('abc'), isSame: sameClass },
  { kind: 'ArrayBuffer', value: () => new Uint8Array([1, 2]).buffer },
  {
    kind: 'URL',
    value: () => new URL('https://a.example/?b=c'),
    isSame: (back: URL, value: URL) => back instanceof URL && back.href === value.href,
  },
  { kind: 'RegExp', value: () => /a+"/giu },
  {
    kind: 'Error: class, stack',
    value: rich,
    isSame: (back: Error, value: Error) => back instanceof TypeError && back.stack === value.stack,
  },
  {
    kind: 'Error: cause, fields',
    value: rich,
    isSame: (back: Error & { status?: number }) =>
      back.cause instanceof RangeError && back.status === 429 && back.message === 'no',
  },
  { kind: 'undefined', value: () => ({ a: undefined, list: [undefined] }) },
  { kind: '-0', value: () => [-0] },
  { kind: 'NaN, Infinity', value: () => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] },
  { kind: 'holes', value: () => [1, ...new Array(1), 3].concat(new Array(2)) },
  {
    kind: 'cycles',
    value: cyclic,
    isSame: (back: Cycle) =>
      back.self === back && back.list[0] === back.list && back.map.get(back) === back.map,
  },
  {
    kind: 'shared references',
    value: () => {
      const shared = { at: date }
      return [shared, new Map([['a', shared]]), shared]
    },
    isSame: (back: [object, Map<string, object>, object]) =>
      back[0] === back[2] && back[1].get('a') === back[0] && isDeepStrictEqual(back[0], { at: date }),
  },
  { kind: 'Symbol.for', value: () => [Symbol.for('a')] },
  { kind: 'Symbol.for keys', value: () => ({ [Symbol.for('a')]: 1, b: 2 }) },
  { kind: 'null prototype', value: () => Object.assign(Object.create(null), { a: 1 }), isSame: sameClass },
  {
    kind: '{ __proto__ } as data',
    value: () => JSON.parse('{"__proto__":{"admin":true}}'),
    isSame: sameClass,
  },
  { kind: '{ then, toJSON, constructor }', value: () => JSON.parse('{"then":1,"toJSON":2,"constructor":3}') },
  { kind: 'lone surrogate', value: () => ['\ud800', '\u2028</script>'] },
]

/** Values that no codec can keep completely: it should report that, and keep their neighbours. */
export const hardCases: readonly CodecCase[] = [
  { kind: 'function', value: () => ({ run: () => 1, kept: 1 }) },
  { kind: 'symbol of its own', value: () => ({ own: Symbol('a'), kept: 1 }) },
  {
    kind: 'getter that throws',
    value: () =>
      Object.defineProperty({ kept: 1 }, 'broken', {
        enumerable: true,
        get: () => {
          throw new Error('no entry')
        },
      }),
  },
  {
    kind: 'revoked proxy',
    value: () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return { proxy, kept: 1 }
    },
  },
  {
    kind: 'class instance',
    value: () => ({
      money: new (class Money {
        amount = 5
      })(),
      kept: 1,
    }),
  },
  {
    kind: '5,000 levels deep',
    value: () => {
      let deep: object = {}
      for (let level = 0; level < 5_000; level++) deep = { deep }
      return { deep, kept: 1 }
    },
  },
]
