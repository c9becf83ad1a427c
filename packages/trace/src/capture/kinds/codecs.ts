import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'

/**
 * How to record objects of an application class and restore them in a replay. Give `class` for objects of exactly that class, or
 * `is` for any other rule.
 */
export interface ValueCodec<T extends object = object, D = unknown> {
  /** Stored on the tape: the value is decoded by the codec with this name. */
  readonly name: string
  readonly class?: abstract new (...args: never[]) => T
  is?(value: object): boolean
  /** The recorded form, preferably plain data; anything that can be captured works. */
  encode(value: T): D
  decode(data: D): T
}

interface Codecs {
  readonly byName: Map<string, ValueCodec>
  readonly byPrototype: Map<object, ValueCodec>
}

const slot = Symbol.for('runtape.codecs.1')
const globals = globalThis as { [slot]?: Codecs }

// Stored on the global object, so that a second copy of this package shares them.
globals[slot] ??= { byName: new Map(), byPrototype: new Map() }
const codecs = globals[slot]

/**
 * Registers a codec for an application class, for the whole process; it replaces a codec of the same name. Register the same
 * codecs where traces are recorded and where they are replayed.
 *
 * @throws {RuntapeError} `invalid-option` without a name, or with neither or both of `class` and `is`.
 *
 * @example
 * ```ts
 * import { registerCodec } from '@runtape/trace'
 *
 * class Money {
 *   readonly cents: number
 *   constructor(cents: number) { this.cents = cents }
 * }
 * registerCodec({
 *   name: 'money',
 *   class: Money,
 *   encode: ({ cents }) => ({ cents }),
 *   decode: ({ cents }) => new Money(cents),
 * })
 * ```
 */
export function registerCodec<T extends object, D>(codec: ValueCodec<T, D>): void {
  const { name, class: Class, is } = codec
  if (typeof name !== 'string' || name === '' || (Class === undefined) === (is === undefined)) {
    throw new RuntapeError(
      'invalid-option',
      `A codec needs a name and either class or is (got ${JSON.stringify(Object.keys(codec))}). Pass { name, class, encode, decode }.`,
    )
  }
  forget(name)
  const loose = codec as object as ValueCodec
  codecs.byName.set(name, loose)
  if (Class) codecs.byPrototype.set(Class.prototype as object, loose)
}

function forget(name: string): void {
  const former = codecs.byName.get(name)
  if (former?.class) codecs.byPrototype.delete(former.class.prototype as object)
  codecs.byName.delete(name)
}

/** The codec for an object, if one is registered. */
export function codecFor(value: object, prototype: object | null): ValueCodec | undefined {
  if (codecs.byName.size === 0 || prototype === null) return undefined
  const exact = codecs.byPrototype.get(prototype)
  if (exact) return exact
  for (const codec of codecs.byName.values()) if (codec.is && matches(codec, value)) return codec
  return undefined
}

function matches(codec: ValueCodec, value: object): boolean {
  try {
    return codec.is?.(value) === true
  } catch {
    return false
  }
}

/** Restores a value with the codec that wrote it. */
export function decodeBy(name: string, data: unknown): unknown {
  const codec = codecs.byName.get(name)
  if (!codec) {
    throw new RuntapeError(
      'unknown-codec',
      `A captured value needs the codec '${name}', which is not registered. Call registerCodec before decoding.`,
    )
  }
  try {
    return codec.decode(data)
  } catch (cause) {
    throw new RuntapeError(
      'unknown-codec',
      `The codec '${name}' could not decode what it encoded: ${messageOf(cause)}. Its decode must read what older versions of it wrote.`,
      { cause },
    )
  }
}
