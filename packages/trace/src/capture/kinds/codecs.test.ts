import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeValue } from '../decode.ts'
import { fingerprint } from '../fingerprint.ts'
import { encodeValue } from '../payload.ts'
import { registerCodec } from './codecs.ts'

class Money {
  readonly cents: bigint
  readonly currency: string

  constructor(cents: bigint, currency: string) {
    this.cents = cents
    this.currency = currency
  }
}
registerCodec({
  name: 'money',
  class: Money,
  encode: ({ cents, currency }) => ({ cents, currency }),
  decode: ({ cents, currency }) => new Money(cents, currency),
})

class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number) {
    super(`refused with ${status}`)
    this.status = status
  }
}
registerCodec({
  name: 'refused',
  class: Refused,
  encode: ({ status, stack }) => ({ status, stack }),
  decode: ({ status, stack }) => Object.assign(new Refused(status), { stack }),
})

class Tree {
  readonly branches: unknown[]

  constructor(branches: unknown[]) {
    this.branches = branches
  }
}
registerCodec({
  name: 'tree',
  is: value => value instanceof Tree,
  encode: (tree: object) => (tree as Tree).branches,
  decode: branches => new Tree(branches),
})

const again = (value: unknown) => decodeValue(encodeValue(value))

test('an object of a registered class is restored, and is readable on the tape', () => {
  const payload = encodeValue({ total: new Money(500n, 'EUR') })
  expect(payload.json).toBe('{"total":{"cents":"500","currency":"EUR"}}')
  expect(payload.lossy).toBeUndefined()
  const { total } = decodeValue(payload) as { total: Money }
  expect(total).toBeInstanceOf(Money)
  expect(total).toStrictEqual(new Money(500n, 'EUR'))
})

test('objects of registered classes are restored when nested, in Maps, and shared', () => {
  const price = new Money(1n, 'EUR')
  const tree = new Tree([price, new Map([[price, new Tree([])]]), new Date(0)])
  const back = again([tree, price, tree]) as [Tree, Money, Tree]
  expect(back).toStrictEqual([tree, price, tree])
  expect(back[2]).toBe(back[0])
  expect(back[0].branches[0]).toBe(back[1])
  expect([...(back[0].branches[1] as Map<unknown, unknown>).keys()][0]).toBe(back[1])
})

test('every value in a registered class is restored, with its shared references', () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.constant(undefined),
    fc.bigInt().map(cents => new Money(cents, 'EUR')),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }).map(branches => new Tree(branches)),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
      tie('value').map(shared => [shared, { shared }]),
    ),
  }))
  fc.assert(
    fc.property(value, given => {
      const payload = encodeValue(given)
      expect(payload.lossy).toBeUndefined()
      expect(decodeValue(payload)).toStrictEqual(given)
      expect(encodeValue(decodeValue(payload))).toEqual(payload)
    }),
  )
})

test('an error of the application is restored with its class', () => {
  const error = new Refused(429)
  const back = again({ error }) as { error: Refused }
  expect(back.error).toBeInstanceOf(Refused)
  expect(back.error).toMatchObject({ status: 429, message: 'refused with 429', stack: error.stack })
})

test('an object of a subclass does not count as the registered class', () => {
  class Discount extends Money {}
  expect(encodeValue(new Discount(1n, 'EUR')).lossy).toEqual(['$: an instance of Discount'])
})

test('values of two codecs with the same data have different fingerprints', () => {
  const of = (value: unknown) => fingerprint(encodeValue(value))
  expect(of(new Tree([]))).not.toBe(of([]))
  expect(of(new Money(1n, 'a'))).toBe(of(new Money(1n, 'a')))
  expect(of({ [Symbol.for('a')]: 1 })).not.toBe(of({ 'Symbol.for(a)': 1 }))
})

test('a codec that throws, or returns its own input, loses only its object', () => {
  class Odd {
    readonly left = 1
  }
  const lostBy = (encode: (odd: Odd) => unknown) => {
    registerCodec<Odd, unknown>({ name: 'odd', class: Odd, encode, decode: () => new Odd() })
    return encodeValue({ odd: new Odd(), kept: 1 })
  }
  const payload = lostBy(() => {
    throw new Error('no entry')
  })
  expect(payload.json).toBe('{"odd":{"left":1},"kept":1}')
  expect(payload.lossy).toEqual(["$.odd: its codec 'odd' failed: no entry", '$.odd: an instance of Odd'])
  expect(lostBy(odd => odd).lossy?.[0]).toMatch(/itself needs a codec/)
  expect(lostBy(() => new Odd()).lossy?.[0]).toMatch(/itself needs a codec/)
  expect(lostBy(odd => ({ odd })).lossy).toEqual(['$.odd.odd: a cycle through a codec'])
})

test('a value without a registered codec is an error that names the codec', () => {
  const payload = encodeValue(new Money(1n, 'EUR'))
  const elsewhere = { ...payload, meta: [[[], 'codec', 'euro']] as const }
  expect(() => decodeValue(elsewhere)).toThrow(
    "A captured value needs the codec 'euro', which is not registered. Call registerCodec",
  )
  expect(() => decodeValue(elsewhere)).toThrow(expect.objectContaining({ code: 'unknown-codec' }))
})

test('a codec without a name, or without a class or predicate, is refused', () => {
  const codec = { encode: () => 1, decode: () => new Money(1n, 'EUR') }
  for (const wrong of [
    { ...codec, name: 'x' },
    { ...codec, name: '', class: Money },
  ])
    expect(() => registerCodec(wrong)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})
