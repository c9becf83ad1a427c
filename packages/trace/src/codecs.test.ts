import { ObjectId } from 'bson'
import { Decimal } from 'decimal.js'
import { DateTime, Duration } from 'luxon'
import { describe, expect, test } from 'vitest'
import { decimal, luxonDateTime, luxonDuration, objectId, plainClass, prismaDecimal } from './codecs.ts'
import { decodeValue, encodeValue, fingerprint, registerCodec } from './index.ts'

class Point {
  x = 0
  readonly label: string
  constructor(label: string) {
    if (label === undefined) throw new Error('it was constructed')
    this.label = label
  }
  shown() {
    return `${this.label} ${this.x}`
  }
}

// Prisma bundles a clone of decimal.js.
const PrismaDecimal = Decimal.clone({ precision: 40 })

registerCodec(plainClass(Point))
registerCodec(decimal(Decimal))
registerCodec(prismaDecimal(PrismaDecimal))
registerCodec(objectId(ObjectId))
registerCodec(luxonDateTime(DateTime))
registerCodec(luxonDuration(Duration))

function roundTrip<T>(value: T): T {
  const payload = encodeValue([value])
  expect(payload.lossy).toBeUndefined()
  return (decodeValue(payload) as [T])[0]
}

const isAlike = (a: unknown, b: unknown) => fingerprint(encodeValue(a)) === fingerprint(encodeValue(b))

describe('predefined codecs', () => {
  test('keep decimals to the last digit, and their class', () => {
    for (const text of ['0.1', '-0', '1e+500', 'NaN', '-Infinity', '12345678901234567890.123456789']) {
      const made = roundTrip(new Decimal(text))
      expect(made).toBeInstanceOf(Decimal)
      expect(made.valueOf()).toBe(new Decimal(text).valueOf())
    }
    const made = roundTrip(new PrismaDecimal('0.1'))
    expect(made.constructor).toBe(PrismaDecimal)
    expect(isAlike(new Decimal('0.10'), new Decimal('0.1'))).toBe(true)
    expect(isAlike(new Decimal('0.1'), new Decimal('0.2'))).toBe(false)
  })

  test('keep the ids of MongoDB', () => {
    const id = new ObjectId()
    const made = roundTrip({ id }).id
    expect(made).toBeInstanceOf(ObjectId)
    expect(made.equals(id)).toBe(true)
    expect(isAlike(id, new ObjectId())).toBe(false)
  })

  test('keep times and durations of luxon, with their zones', () => {
    const at = DateTime.fromISO('2026-11-29T20:00:00.123', { zone: 'Europe/Berlin', locale: 'de' })
    const made = roundTrip(at)
    expect(made.equals(at)).toBe(true)
    expect(made.plus({ hours: 1 }).toISO()).toBe('2026-11-29T21:00:00.123+01:00')
    expect(roundTrip(at.setZone('UTC+5:30')).toISO()).toBe(at.setZone('UTC+5:30').toISO())
    expect(roundTrip(DateTime.invalid('unparsable')).invalidReason).toBe('unparsable')
    const lasting = Duration.fromObject({ hours: 1, minutes: 30 })
    expect(roundTrip(lasting).equals(lasting)).toBe(true)
    expect(isAlike(at, at.plus(1))).toBe(false)
  })
})

describe('plainClass', () => {
  test('restores objects of the class without calling its constructor', () => {
    const point = Object.assign(new Point('a'), { x: 3 })
    const made = roundTrip(point)
    expect(made).toBeInstanceOf(Point)
    expect(made.shown()).toBe('a 3')
    expect(isAlike(point, new Point('a'))).toBe(false)
  })

  test('refuses a class with private or inherited private fields', () => {
    class Secret {
      readonly #text = 'a'
      shown() {
        return this.#text
      }
    }
    class Named extends Secret {
      name = 'b'
    }
    expect(() => plainClass(Secret)).toThrow('Secret has private fields')
    expect(() => plainClass(Named)).toThrow('Named has private fields')
  })
})
