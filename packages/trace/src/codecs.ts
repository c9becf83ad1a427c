import { RuntapeError } from '@runtape/core'
import type { ValueCodec } from './capture/kinds/codecs.ts'
import { hasPrivateNames } from './capture/kinds/error-classes.ts'

type Class<T> = new (...args: never[]) => T

/**
 * Codec for a class whose objects are fully described by their enumerable properties. They are restored with these and the
 * class's methods, without calling its constructor.
 *
 * @param name stored on the tape. Default: the name of the class.
 * @throws {RuntapeError} `invalid-option` for a class whose source declares private fields
 *
 * @example
 * ```ts
 * import { registerCodec } from '@runtape/trace'
 * import { plainClass } from '@runtape/trace/codecs'
 *
 * class Point { x = 0; y = 0 }
 * registerCodec(plainClass(Point))
 * ```
 */
export function plainClass<T extends object>(
  Class: Class<T>,
  name: string = Class.name,
): ValueCodec<T, object> {
  if (hasPrivateNames(Class.prototype as object)) {
    throw new RuntapeError(
      'invalid-option',
      `${Class.name} has private fields, which cannot be read from outside. Register a codec with encode and decode for it.`,
    )
  }
  return {
    name,
    class: Class,
    encode: value => ({ ...value }),
    decode: data => Object.assign(Object.create(Class.prototype as object) as T, data),
  }
}

interface Decimal {
  toString(): string
}

/** Codec for the class of `decimal.js` and its clones: sign, digits, `NaN` and `Infinity`. */
export const decimal = <T extends Decimal & object>(
  Class: new (text: string) => T,
): ValueCodec<T, string> => ({
  name: 'decimal.js',
  class: Class,
  // toString writes a negative zero as `0`.
  encode: value => ('valueOf' in value ? String(value.valueOf()) : String(value)),
  decode: text => new Class(text),
})

/** Codec for Prisma's `Prisma.Decimal`. */
export const prismaDecimal = <T extends Decimal & object>(
  Class: new (text: string) => T,
): ValueCodec<T, string> => ({ ...decimal(Class), name: 'prisma-decimal' })

interface ObjectId {
  toHexString(): string
}

/** Codec for `ObjectId` of MongoDB's `bson` and `mongodb`. */
export const objectId = <T extends ObjectId & object>(
  Class: new (hex: string) => T,
): ValueCodec<T, string> => ({
  name: 'mongodb-object-id',
  class: Class,
  encode: value => value.toHexString(),
  decode: hex => new Class(hex),
})

interface LuxonDateTime {
  readonly isValid: boolean
  readonly invalidReason: string | null
  readonly zoneName: string | null
  readonly locale: string | null
  readonly numberingSystem: string | null
  readonly outputCalendar: string | null
  toMillis(): number
}

interface LuxonDateTimeClass<T> {
  readonly prototype: T
  fromMillis(ms: number, options: object): T
  invalid(reason: string): T
}

interface WrittenDateTime {
  readonly ms?: number
  readonly options?: object
  readonly invalid?: string
}

/** Codec for `DateTime` of luxon: its instant, zone and locale, or why it is invalid. */
export const luxonDateTime = <T extends LuxonDateTime & object>(
  DateTime: LuxonDateTimeClass<T>,
): ValueCodec<T, WrittenDateTime> => ({
  name: 'luxon-date-time',
  class: DateTime as unknown as abstract new () => T,
  encode: value => {
    if (!value.isValid) return { invalid: value.invalidReason ?? 'invalid' }
    const { zoneName: zone, locale, numberingSystem, outputCalendar } = value
    return { ms: value.toMillis(), options: { zone, locale, numberingSystem, outputCalendar } }
  },
  decode: ({ ms = 0, options = {}, invalid }) =>
    invalid === undefined ? DateTime.fromMillis(ms, options) : DateTime.invalid(invalid),
})

interface LuxonDuration {
  readonly isValid: boolean
  readonly invalidReason: string | null
  readonly locale: string | null
  readonly numberingSystem: string | null
  toObject(): object
}

interface LuxonDurationClass<T> {
  readonly prototype: T
  fromObject(units: object, options: object): T
  invalid(reason: string): T
}

interface WrittenDuration {
  readonly units?: object
  readonly options?: object
  readonly invalid?: string
}

/** Codec for `Duration` of luxon: its units and locale, or why it is invalid. */
export const luxonDuration = <T extends LuxonDuration & object>(
  Duration: LuxonDurationClass<T>,
): ValueCodec<T, WrittenDuration> => ({
  name: 'luxon-duration',
  class: Duration as unknown as abstract new () => T,
  encode: value => {
    if (!value.isValid) return { invalid: value.invalidReason ?? 'invalid' }
    const { locale, numberingSystem } = value
    const conversionAccuracy = (value as { conversionAccuracy?: string }).conversionAccuracy
    return { units: value.toObject(), options: { locale, numberingSystem, conversionAccuracy } }
  },
  decode: ({ units = {}, options = {}, invalid }) =>
    invalid === undefined ? Duration.fromObject(units, options) : Duration.invalid(invalid),
})
