import { messageOf, type Payload, type PayloadMark } from '@runtape/core'
import { type Kind, kindOf, setField } from './kinds.ts'
import { redactedText, secretKeys } from './redaction.ts'

export interface CaptureLimits {
  /** Larger payloads are left out and marked `truncated`, in bytes of JSON. */
  readonly maxPayloadBytes: number
  /** Deeper values are left out and marked lossy. */
  readonly maxDepth: number
  /** Longer arrays are left out and marked lossy. */
  readonly maxLength: number
  readonly isSecret: (key: string) => boolean
}

export const defaultLimits: CaptureLimits = {
  maxPayloadBytes: 4 * 1024 * 1024,
  maxDepth: 500,
  maxLength: 1_000_000,
  isSecret: secretKeys(),
}

/**
 * Captures a value as it is now. Never throws, never changes the value, and reads each property once.
 * What cannot be kept is listed in `lossy` with its path.
 *
 * @example
 * ```ts
 * import { decodeValue, encodeValue } from '@runtape/trace'
 *
 * const payload = encodeValue({ at: new Date(0), seen: new Set([1]) })
 * payload.json // {"at":"1970-01-01T00:00:00.000Z","seen":[1]}
 * decodeValue(payload) // { at: Date, seen: Set }
 * ```
 */
export function encodeValue(value: unknown, limits: CaptureLimits = defaultLimits): Payload {
  const encoder = new Encoder(limits)
  try {
    const json = JSON.stringify(encoder.walk(value, undefined, ''))
    if (json.length > limits.maxPayloadBytes) return { json: 'null', truncated: Buffer.byteLength(json) }
    return encoder.payload(json)
  } catch (error) {
    return { json: 'null', lossy: [`$: could not be captured: ${messageOf(error)}`] }
  }
}

/** Where a container is: a step from its parent. */
interface Place {
  readonly parent: Place | undefined
  readonly key: string | number
  readonly depth: number
}

class Encoder {
  readonly #limits: CaptureLimits
  readonly #seen = new Map<object, Place>()
  readonly #marks: PayloadMark[] = []
  readonly #lossy: string[] = []
  readonly #redacted: string[] = []

  constructor(limits: CaptureLimits) {
    this.#limits = limits
  }

  payload(json: string): Payload {
    return {
      json,
      ...(this.#marks.length > 0 && { meta: this.#marks }),
      ...(this.#lossy.length > 0 && { lossy: this.#lossy }),
      ...(this.#redacted.length > 0 && { redacted: this.#redacted }),
    }
  }

  walk(value: unknown, parent: Place | undefined, key: string | number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : this.#number(value, parent, key)
      case 'object':
        return value === null ? null : this.#object(value, parent, key)
      case 'undefined':
        return this.#mark(parent, key, 'undefined', null)
      case 'bigint':
        return this.#mark(parent, key, 'bigint', String(value))
      case 'symbol':
        return this.#symbol(value, parent, key)
      default:
        return this.#lose(parent, key, 'a function', `[Function ${(value as () => void).name}]`)
    }
  }

  #number(value: number, parent: Place | undefined, key: string | number): unknown {
    return this.#mark(parent, key, 'number', Object.is(value, -0) ? '-0' : String(value))
  }

  #symbol(value: symbol, parent: Place | undefined, key: string | number): unknown {
    const name = Symbol.keyFor(value)
    if (name !== undefined) return this.#mark(parent, key, 'symbol', name)
    return this.#lose(parent, key, 'a symbol of its own', String(value))
  }

  #object(value: object, parent: Place | undefined, key: string | number): unknown {
    const first = this.#seen.get(value)
    if (first) return this.#mark(parent, key, 'ref', null, pathOf(first))
    const place = { parent, key, depth: parent ? parent.depth + 1 : 0 }
    if (place.depth > this.#limits.maxDepth) return this.#lose(parent, key, 'too deep', null)
    this.#seen.set(value, place)
    try {
      if (Array.isArray(value)) return this.#array(value, place)
      return this.#record(value, place)
    } catch (error) {
      return this.#lose(parent, key, `could not be read: ${messageOf(error)}`, null)
    }
  }

  #array(array: readonly unknown[], place: Place): unknown {
    const { length } = array
    if (length > this.#limits.maxLength) return this.#lose(place.parent, place.key, `${length} items`, null)
    const copy: unknown[] = new Array(length)
    let holes: number[] | undefined
    for (let index = 0; index < length; index++) {
      const item = array[index]
      if (item === undefined && !(index in array)) {
        copy[index] = null
        holes ??= []
        holes.push(index)
      } else copy[index] = this.walk(item, place, index)
    }
    if (holes) this.#marks.push([pathOf(place), 'holes', holes])
    return copy
  }

  #record(value: object, place: Place): unknown {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#fields(value, place)
    if (prototype === null)
      return this.#mark(place.parent, place.key, 'null-prototype', this.#fields(value, place))
    const kind = kindOf(value)
    if (kind) return this.#special(kind, value, place)
    const name = prototype.constructor?.name || 'a class'
    return this.#lose(place.parent, place.key, `an instance of ${name}`, this.#fields(value, place))
  }

  #special(kind: Kind, value: object, place: Place): unknown {
    const walk = (inner: unknown, key: string | number) =>
      typeof key === 'string' ? this.#field(key, inner, place) : this.walk(inner, place, key)
    const { json, detail } = kind.write(value as never, walk)
    return this.#mark(place.parent, place.key, kind.name, json, detail)
  }

  #fields(value: object, place: Place): object {
    const copy: object = {}
    for (const key of Object.keys(value)) setField(copy, key, this.#fieldOf(value, key, place))
    return copy
  }

  #fieldOf(value: object, key: string, place: Place): unknown {
    if (this.#limits.isSecret(key)) return this.#redact(place, key)
    try {
      return this.walk((value as Record<string, unknown>)[key], place, key)
    } catch (error) {
      return this.#lose(place, key, `could not be read: ${messageOf(error)}`, null)
    }
  }

  #field(key: string, value: unknown, place: Place): unknown {
    return this.#limits.isSecret(key) ? this.#redact(place, key) : this.walk(value, place, key)
  }

  #redact(place: Place, key: string): string {
    this.#redacted.push(showPath([...pathOf(place), key]))
    return redactedText
  }

  #mark(
    parent: Place | undefined,
    key: string | number,
    type: string,
    json: unknown,
    detail?: unknown,
  ): unknown {
    const path = parent ? [...pathOf(parent), key] : []
    this.#marks.push(detail === undefined ? [path, type] : [path, type, detail])
    return json
  }

  #lose(parent: Place | undefined, key: string | number, what: string, json: unknown): unknown {
    const path = parent ? [...pathOf(parent), key] : []
    this.#lossy.push(`${showPath(path)}: ${what}`)
    return json
  }
}

function pathOf(place: Place): (string | number)[] {
  const path: (string | number)[] = []
  for (let at = place; at.parent; at = at.parent) path.push(at.key)
  return path.reverse()
}

/** A path as a person writes it: `$.order.items[2]`. */
function showPath(path: readonly (string | number)[]): string {
  return `$${path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}
