import { messageOf } from '@runtape/core'
import { type Inside, type Kind, kindOf } from './kinds.ts'
import type { CaptureLimits } from './limits.ts'
import { type Notes, TooLarge } from './notes.ts'
import { type Place, pathTo } from './place.ts'
import { setField } from './set-field.ts'

type Key = string | number

/** Copies a value into what JSON has words for, and notes what each other thing was. */
export class Encoder implements Inside {
  readonly #limits: CaptureLimits
  readonly #notes: Notes
  readonly #seen = new Map<object, Place>()

  constructor(limits: CaptureLimits, notes: Notes) {
    this.#limits = limits
    this.#notes = notes
  }

  /** Takes what follows for values of their own: an object that was seen before may have changed since. */
  forget(): void {
    this.#seen.clear()
  }

  walk(value: unknown, parent: Place | undefined, key: Key): unknown {
    switch (typeof value) {
      case 'string':
        this.#notes.grow(value.length)
        return value
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : this.#number(value, parent, key)
      case 'object':
        return value === null ? null : this.#object(value, parent, key)
      default:
        return this.#other(value, parent, key)
    }
  }

  item(value: unknown, place: Place, index: number): unknown {
    return this.walk(value, place, index)
  }

  field(owner: object, name: string, place: Place): unknown {
    if (this.#limits.isSecret(name)) return this.redact(place, name)
    try {
      return this.walk((owner as Record<string, unknown>)[name], place, name)
    } catch (error) {
      return this.#unreadable(error, place, name)
    }
  }

  isSecret(name: string): boolean {
    return this.#limits.isSecret(name)
  }

  redact(place: Place, key: Key): string {
    return this.#notes.redact(place, key)
  }

  grow(bytes: number): void {
    this.#notes.grow(bytes)
  }

  #number(value: number, parent: Place | undefined, key: Key): unknown {
    return this.#mark(parent, key, 'number', Object.is(value, -0) ? '-0' : String(value))
  }

  #other(value: unknown, parent: Place | undefined, key: Key): unknown {
    if (value === undefined) return this.#mark(parent, key, 'undefined', null)
    if (typeof value === 'bigint') return this.#mark(parent, key, 'bigint', String(value))
    if (typeof value === 'function')
      return this.#lose(parent, key, 'a function', `[Function ${nameOf(value)}]`)
    const name = Symbol.keyFor(value as symbol)
    if (name !== undefined) return this.#mark(parent, key, 'symbol', name)
    return this.#lose(parent, key, 'a symbol of its own', String(value))
  }

  #object(value: object, parent: Place | undefined, key: Key): unknown {
    const first = this.#seen.get(value)
    if (first) return this.#mark(parent, key, 'ref', null, pathTo(first.parent, first.key))
    const place: Place = { parent, key, depth: parent ? parent.depth + 1 : 0 }
    if (place.depth > this.#limits.maxDepth) return this.#lose(parent, key, 'too deep', null)
    this.#seen.set(value, place)
    try {
      return Array.isArray(value) ? this.#array(value, place) : this.#record(value, place)
    } catch (error) {
      return this.#unreadable(error, parent, key)
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
        holes ??= []
        holes.push(index)
        copy[index] = null
      } else copy[index] = this.walk(item, place, index)
    }
    return holes ? this.#mark(place.parent, place.key, 'holes', copy, holes) : copy
  }

  #record(value: object, place: Place): unknown {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#fields(value, place)
    const { parent, key } = place
    if (prototype === null) return this.#mark(parent, key, 'null-prototype', this.#fields(value, place))
    const kind = kindOf(value)
    if (kind) return this.#special(kind, value, place)
    const fields = this.#fields(value, place)
    if (isPlainElsewhere(prototype)) return fields
    return this.#lose(parent, key, `an instance of ${nameOf(prototype.constructor)}`, fields)
  }

  #special(kind: Kind, value: object, place: Place): unknown {
    const { json, detail, lost } = kind.write(value as never, this, place)
    if (lost !== undefined) this.#notes.lose(place.parent, place.key, lost)
    return this.#mark(place.parent, place.key, kind.name, json, detail)
  }

  #fields(value: object, place: Place): object {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const inner = this.field(value, key, place)
      if (key === '__proto__') setField(copy, key, inner)
      else copy[key] = inner
    }
    return copy
  }

  #unreadable(error: unknown, parent: Place | undefined, key: Key): null {
    if (error instanceof TooLarge) throw error
    this.#notes.lose(parent, key, `could not be read: ${messageOf(error)}`)
    return null
  }

  #mark(parent: Place | undefined, key: Key, type: string, json: unknown, detail?: unknown): unknown {
    this.#notes.mark(parent, key, type, detail)
    return json
  }

  #lose(parent: Place | undefined, key: Key, what: string, json: unknown): unknown {
    this.#notes.lose(parent, key, what)
    return json
  }
}

/** The name of a function or class, whatever it does with its `name`. */
function nameOf(fn: unknown): string {
  try {
    const { name } = fn as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : '(anonymous)'
  } catch {
    return '(anonymous)'
  }
}

// `Object.prototype` of another realm: of a vm context, or a test runner's.
const isPlainElsewhere = (prototype: object) =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
