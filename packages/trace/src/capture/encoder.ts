import { isUtf8 } from 'node:buffer'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { mayBeSecret } from '../redaction/secret-names.ts'
import { isNamedSecret, isSecretItem, isValueName } from '../redaction/secret-pairs.ts'
import {
  bytesOfLeaf,
  fieldOfSymbol,
  hasNames,
  isHiding,
  isPlainElsewhere,
  nameOf,
  setField,
} from './fields.ts'
import { redactSecrets } from './json-text.ts'
import { codecFor, type ValueCodec } from './kinds/codecs.ts'
import { messageParts } from './kinds/http-messages.ts'
import type { Inside, Kind } from './kinds/kind.ts'
import { kindOf, withoutSecrets } from './kinds/kinds.ts'
import type { LateBytes } from './late/late-bytes.ts'
import { LatePart } from './late/late-parts.ts'
import type { CaptureLimits, RedactHook } from './limits.ts'
import { lostOfArray, lostOfFunction, type Notes, type Place, pathTo, showPath, TooLarge } from './notes.ts'
import { Seen } from './seen.ts'

type Key = string | number
type Fields = Record<string, unknown>

interface EncoderOptions {
  /** Omits properties that are too large, instead of ending the capture. */
  readonly dropsLarge?: boolean
  /** Reads bodies and blob bytes, which arrive later: `Notes.late`. */
  readonly waits?: boolean
}

/** Copies a value into JSON types, and notes the original kind of each other value. */
export class Encoder implements Inside {
  readonly #limits: CaptureLimits
  readonly #notes: Notes
  readonly #seen = new Seen()
  readonly #dropsLarge: boolean
  readonly #waits: boolean
  #hook: RedactHook | undefined
  /** The paths of objects whose codecs are running. */
  #encoding: readonly Place[] = []

  constructor(
    limits: CaptureLimits,
    notes: Notes,
    { dropsLarge = false, waits = false }: EncoderOptions = {},
  ) {
    this.#dropsLarge = dropsLarge
    this.#waits = waits
    this.#limits = limits
    this.#notes = notes
    this.#hook = limits.redact
  }

  /** Treats what follows as separate values: an object that was seen before may have changed since. */
  forget(): void {
    this.#seen.forget()
  }

  walk(value: unknown, parent: Place | undefined, key: Key): unknown {
    return this.#hook ? this.#ask(this.#hook, value, parent, key) : this.#capture(value, parent, key)
  }

  item(value: unknown, place: Place, index: number): unknown {
    return this.walk(value, place, index)
  }

  field(owner: object, name: string | symbol, place: Place): unknown {
    const step = typeof name === 'string' ? name : fieldOfSymbol(Symbol.keyFor(name) ?? '')
    try {
      const value = (owner as Record<string | symbol, unknown>)[name]
      return this.isSecret(step, value) ? this.redact(place, step) : this.#property(value, place, step)
    } catch (error) {
      return this.#unreadable(error, place, step)
    }
  }

  isSecret(name: string, value: unknown): boolean {
    return this.#limits.isSecret(name) && mayBeSecret(value)
  }

  text(text: string, place: Place): string {
    return this.#redactIn(text, place.parent, place.key)
  }

  redact(place: Place, key: Key): string {
    return this.#notes.redact(place, key)
  }

  later(json: Fields, key: string, place: Place, begin: () => LateBytes | string): void {
    json[key] = null
    const bytes = this.#waits ? begin() : 'its bytes, which are not waited for here'
    if (typeof bytes === 'string') return this.#notes.lose(place, key, bytes)
    const put = (read: Uint8Array) => this.#putBytes(json, key, place, read)
    this.#notes.expect(new LatePart(showPath(pathTo(place, key)), bytes, put))
  }

  #putBytes(json: Fields, key: string, place: Place, bytes: Uint8Array): string | undefined {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    try {
      json[key] = isUtf8(raw)
        ? this.walk(raw.toString('utf8'), place, key)
        : { base64: withoutSecrets(raw, text => this.#redactIn(text, place, key)).toString('base64') }
      return undefined
    } catch (error) {
      json[key] = null
      return `its bytes could not be kept: ${messageOf(error)}`
    }
  }

  grow(bytes: number): void {
    this.#notes.grow(bytes)
  }

  #property(value: unknown, place: Place, key: Key): unknown {
    return this.#dropsLarge ? this.#unlessLarge(value, place, key) : this.walk(value, place, key)
  }

  #unlessLarge(value: unknown, place: Place, key: Key): unknown {
    const before = this.#notes.enter()
    const { size } = this.#seen
    try {
      return this.walk(value, place, key)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      this.#notes.undo(before)
      this.#seen.undo(size)
      return this.#lose(place, key, 'too large to keep', null)
    } finally {
      this.#notes.leave(before)
    }
  }

  #ask(hook: RedactHook, value: unknown, parent: Place | undefined, key: Key): unknown {
    let kept: unknown
    try {
      kept = hook(showPath(pathTo(parent, key)), value)
    } catch (error) {
      // Not its message, which may quote the value.
      this.#notes.lose(parent, key, `its redact hook threw ${nameOf((error as object | null)?.constructor)}`)
      return this.#notes.redact(parent, key)
    }
    if (Object.is(kept, value)) return this.#capture(value, parent, key)
    this.#notes.redact(parent, key)
    // The replacement is not passed to the hook again.
    this.#hook = undefined
    try {
      return this.#capture(kept, parent, key)
    } finally {
      this.#hook = hook
    }
  }

  #capture(value: unknown, parent: Place | undefined, key: Key): unknown {
    if (typeof value === 'object' && value !== null) return this.#object(value, parent, key)
    const leaf = bytesOfLeaf(value)
    if (leaf === -1) return this.#other(value, parent, key)
    this.#notes.grow(leaf)
    return value
  }

  #text(text: string, parent: Place | undefined, key: Key): string {
    this.#notes.grow(text.length)
    return this.#redactIn(text, parent, key)
  }

  #redactIn(text: string, parent: Place | undefined, key: Key): string {
    const redacted = redactSecrets(text, this.#limits)
    if (!redacted) return text
    for (const path of redacted.paths) this.#notes.redact(parent, key, path)
    if (redacted.paths.length === 0) this.#notes.redact(parent, key)
    return redacted.text
  }

  #number(value: number, parent: Place | undefined, key: Key): unknown {
    return this.#mark(parent, key, 'number', Object.is(value, -0) ? '-0' : String(value))
  }

  #other(value: unknown, parent: Place | undefined, key: Key): unknown {
    if (value === undefined) return this.#mark(parent, key, 'undefined', null)
    if (typeof value === 'string') return this.#text(value, parent, key)
    if (typeof value === 'number') return this.#number(value, parent, key)
    if (typeof value === 'bigint') return this.#mark(parent, key, 'bigint', String(value))
    if (typeof value === 'function') return this.#function(value, parent, key)
    const name = Symbol.keyFor(value as symbol)
    if (name !== undefined) return this.#mark(parent, key, 'symbol', name)
    return this.#lose(parent, key, 'a unique symbol', String(value))
  }

  #function(value: unknown, parent: Place | undefined, key: Key): unknown {
    this.#notes.lose(parent, key, lostOfFunction(value as object))
    const path = showPath(pathTo(parent, key))
    this.#notes.mark(parent, key, 'function', path)
    return `[Function ${nameOf(value)}]`
  }

  #object(value: object, parent: Place | undefined, key: Key): unknown {
    const place: Place = { parent, key, depth: parent ? parent.depth + 1 : 0 }
    if (place.depth > this.#limits.maxDepth) return this.#lose(parent, key, 'too deep', null)
    const first = this.#seen.meet(value, place)
    if (first) return this.#again(first, parent, key)
    try {
      const prototype = Object.getPrototypeOf(value)
      if (prototype === Object.prototype) return this.#fields(value, prototype, place)
      return this.#inside(value, prototype, place)
    } catch (error) {
      return this.#unreadable(error, parent, key)
    }
  }

  #again(first: Place, parent: Place | undefined, key: Key): unknown {
    if (this.#encoding.includes(first)) return this.#lose(parent, key, 'a cycle through a codec', null)
    this.#notes.mark(parent, key, 'ref', pathTo(first.parent, first.key))
    return null
  }

  #inside(value: object, prototype: object | null, place: Place): unknown {
    if (prototype === Array.prototype) return this.#array(value as unknown[], place)
    if (prototype === Object.prototype) return this.#fields(value, prototype, place)
    const codec = codecFor(value, prototype)
    if (codec) return this.#byCodec(codec, value, place)
    return Array.isArray(value) ? this.#array(value, place) : this.#special(value, prototype, place)
  }

  #array(array: readonly unknown[], place: Place): unknown {
    const { length } = array
    const kept = Math.min(length, this.#limits.maxLength)
    const copy: unknown[] = new Array(kept)
    let bytes = kept
    let holes: number[] | undefined
    let before: unknown
    const { isSecret } = this.#limits
    for (let index = 0; index < kept; index++) {
      const item = array[index]
      if (
        typeof before === 'string' &&
        isSecretItem({ item, length, name: place.key }, index, before, isSecret)
      ) {
        copy[index] = this.redact(place, index)
        before = undefined
        continue
      }
      before = item
      const leaf = this.#hook ? -1 : bytesOfLeaf(item)
      if (leaf !== -1) {
        bytes += leaf
        copy[index] = item
      } else if (item === undefined && !(index in array)) {
        holes ??= []
        holes.push(index)
        copy[index] = null
      } else copy[index] = this.walk(item, place, index)
    }
    this.#notes.grow(bytes)
    const lost = lostOfArray(array, kept, holes?.length ?? 0)
    if (lost !== undefined) this.#notes.lose(place.parent, place.key, lost)
    if (holes) this.#notes.mark(place.parent, place.key, 'holes', holes)
    return copy
  }

  #special(value: object, prototype: object | null, place: Place): unknown {
    const { parent, key } = place
    const kind = prototype && kindOf(value)
    if (kind) return this.#byKind(kind, value, place)
    const message = prototype && messageParts(value)
    const fields = message
      ? this.#fields(message, Object.prototype, place)
      : this.#fields(value, prototype, place)
    if (prototype === null) return this.#mark(parent, key, 'null-prototype', fields)
    if (isPlainElsewhere(prototype)) return fields
    const name = nameOf(prototype.constructor)
    this.#notes.lose(parent, key, `an instance of ${name}`)
    this.#notes.mark(parent, key, 'instance', name)
    return fields
  }

  #byKind(kind: Kind, value: object, place: Place): unknown {
    const { json, detail, lost } = kind.write(value as never, this, place)
    if (lost !== undefined) this.#notes.lose(place.parent, place.key, lost)
    this.#notes.mark(place.parent, place.key, kind.name, detail)
    return json
  }

  #byCodec(codec: ValueCodec, value: object, place: Place): unknown {
    const { parent, key } = place
    let data: unknown
    try {
      data = codec.encode(value)
      if (isObject(data) && (data === value || codecFor(data, Object.getPrototypeOf(data))))
        throw new RuntapeError('unknown-codec', 'it returns a value that itself needs a codec')
    } catch (error) {
      this.#notes.lose(parent, key, `its codec '${codec.name}' failed: ${messageOf(error)}`)
      return this.#special(value, Object.getPrototypeOf(value), place)
    }
    const outer = this.#encoding
    this.#encoding = [...outer, place]
    try {
      // Not a separate object: it has the path of the replaced value.
      const json = isObject(data)
        ? this.#inside(data, Object.getPrototypeOf(data), place)
        : this.#capture(data, parent, key)
      this.#notes.mark(parent, key, 'codec', codec.name)
      return json
    } finally {
      this.#encoding = outer
    }
  }

  #fields(value: object, prototype: object | null, place: Place): object {
    const { isSecret, maxLength } = this.#limits
    const inherits = prototype !== null && hasNames(prototype)
    const copy: Fields = {}
    let bytes = 0
    let count = 0
    for (const key in value) {
      if (inherits && !Object.hasOwn(value, key)) continue
      if (count++ === maxLength) return this.#cut(copy, place)
      let inner: unknown
      try {
        // Read here and not in a function: in the loop this is several times faster.
        inner = (value as Fields)[key]
        if (
          (isSecret(key, place.depth, count) || (isValueName(key) && isNamedSecret(value, key, isSecret))) &&
          mayBeSecret(inner)
        )
          inner = this.redact(place, key)
        else {
          const leaf = this.#hook || this.#dropsLarge ? -1 : bytesOfLeaf(inner)
          if (leaf !== -1) bytes += leaf
          else inner = this.#property(inner, place, key)
        }
      } catch (error) {
        inner = this.#unreadable(error, place, key)
      }
      if (key === '__proto__') setField(copy, key, inner)
      else copy[key] = inner
    }
    this.#notes.grow(bytes)
    const symbols = Object.getOwnPropertySymbols(value)
    if (symbols.length > 0) this.#symbolFields(value, symbols, copy, place)
    const isPlain = prototype === Object.prototype || prototype === null
    // If it has enumerable properties too, a part of it is visible; and objects that are not plain are marked anyway.
    if (count === 0 && isPlain && isHiding(value))
      this.#notes.lose(place.parent, place.key, 'fields that cannot be listed')
    return copy
  }

  #cut(copy: Fields, place: Place): Fields {
    const { maxLength } = this.#limits
    this.#notes.lose(
      place.parent,
      place.key,
      `more than ${maxLength} properties, the first ${maxLength} kept`,
    )
    return copy
  }

  #symbolFields(value: object, symbols: readonly symbol[], copy: Fields, place: Place): void {
    const kept: string[] = []
    for (const symbol of symbols) {
      const name = Symbol.keyFor(symbol)
      const field = fieldOfSymbol(name ?? '')
      if (!Object.prototype.propertyIsEnumerable.call(value, symbol)) continue
      if (name === undefined || Object.hasOwn(copy, field)) {
        this.#notes.lose(place, String(symbol), 'a property with a unique symbol as its key')
      } else {
        kept.push(field)
        copy[field] = this.#symbolField(value, symbol, place, field)
      }
    }
    if (kept.length > 0) this.#notes.mark(place.parent, place.key, 'symbol-keys', kept)
  }

  #symbolField(value: object, symbol: symbol, place: Place, field: string): unknown {
    try {
      const inner = (value as Record<symbol, unknown>)[symbol]
      if (this.isSecret(Symbol.keyFor(symbol) ?? '', inner)) return this.redact(place, field)
      return this.walk(inner, place, field)
    } catch (error) {
      return this.#unreadable(error, place, field)
    }
  }

  #unreadable(error: unknown, parent: Place | undefined, key: Key): null {
    if (error instanceof TooLarge) throw error
    this.#notes.lose(parent, key, `could not be read: ${messageOf(error)}`)
    return null
  }

  #mark(parent: Place | undefined, key: Key, type: string, json: unknown): unknown {
    this.#notes.mark(parent, key, type)
    return json
  }

  #lose(parent: Place | undefined, key: Key, what: string, json: unknown): unknown {
    this.#notes.lose(parent, key, what)
    return json
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
