import { type Payload, RuntapeError } from '@runtape/core'
import { setField, symbolOfField } from './fields.ts'
import { decodeBy } from './kinds/codecs.ts'
import type { Read, Reading } from './kinds/kind.ts'
import { kindNamed } from './kinds/kinds.ts'
import { type MarkedPlace, markTree } from './notes.ts'

/**
 * Restores a captured value. Lossy parts are restored as their readable placeholders, functions as functions that throw when
 * called.
 *
 * @throws {RuntapeError} `unknown-codec` if it contains a value of an unregistered codec, or of a kind known only to another
 * version of this package.
 */
export function decodeValue(payload: Payload): unknown {
  return decodeWith(payload, { search: false, incomplete: () => {} })
}

/** `decodeValue`, which also reports inexact parts. */
export function decodeWith(payload: Payload, reading: Reading): unknown {
  if (payload.meta === undefined) return JSON.parse(payload.json)
  return new Decoder(reading).value(markTree(payload))
}

class Decoder {
  readonly #made = new Map<MarkedPlace, unknown>()
  readonly #reading: Reading

  constructor(reading: Reading) {
    this.#reading = reading
  }

  value(place: MarkedPlace): unknown {
    const at = place.first ?? place
    if (this.#made.has(at)) return this.#made.get(at)
    const { value, fill } = make(at, this.#reading)
    // Registered before it is filled, so that a cycle resolves.
    this.#made.set(at, value)
    fill?.(key => this.#child(at, key))
    if (at.codec !== undefined) this.#made.set(at, decodeBy(at.codec, value))
    return this.#made.get(at)
  }

  #child({ json, children }: MarkedPlace, key: string | number): unknown {
    const child = children.get(key)
    return child ? this.value(child) : (json as Record<string | number, unknown>)[key]
  }
}

function make(place: MarkedPlace, reading: Reading): Read {
  const { json, type, detail } = place
  switch (type) {
    case 'undefined':
      return { value: undefined }
    case 'number':
      return { value: Number(json) }
    case 'bigint':
      return { value: BigInt(json as string) }
    case 'symbol':
      return { value: Symbol.for(json as string) }
    case 'function':
      return { value: functionStub(json as string, detail as string) }
    default:
      return kindNamed(type ?? '')?.read(json, detail, reading) ?? container(place)
  }
}

/** Placeholder for a function of which the tape has only the name. */
function functionStub(shown: string, path: string): () => never {
  const name = /^\[Function (.*)\]$/s.exec(shown)?.[1] ?? ''
  // It may have been a class: it also throws when called with `new`.
  const stub = (): never => {
    throw new RuntapeError(
      'not-replayable',
      `The tape has only the name of the function ${name} at ${path}, so it cannot be called. Create it where it is called, or pass another with adaptInputs or an override.`,
    )
  }
  return Object.defineProperty(stub, 'name', { value: name })
}

function container({ json, type, detail, children, symbolKeys = [] }: MarkedPlace): Read {
  if (type !== undefined && !containers.has(type)) throw unknownKind(type)
  const value = json as Record<PropertyKey, unknown>
  const fill: Read['fill'] = child => {
    for (const key of children.keys()) setField(value, key, child(key))
    for (const field of symbolKeys) {
      value[symbolOfField(field)] = value[field]
      delete value[field]
    }
    if (type === 'null-prototype') Object.setPrototypeOf(value, null)
    if (type === 'holes') for (const hole of detail as number[]) delete value[hole]
  }
  return { value, fill }
}

const containers: ReadonlySet<string> = new Set(['null-prototype', 'holes', 'instance'])

const unknownKind = (type: string) =>
  new RuntapeError(
    'unknown-codec',
    `A captured value is of kind '${type}', which this version of @runtape/trace does not know. Update it.`,
  )
