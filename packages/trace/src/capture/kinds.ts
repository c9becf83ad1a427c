/** A kind of value that JSON has no word for: how it is written, and how it is read back. */
export interface Kind {
  readonly name: string
  /** A stand-in that a person can read. `walk` captures what is inside. */
  write(value: never, walk: (inner: unknown, key: string | number) => unknown): Written
  /** Makes the value again; `fill` then puts in what was inside, so that a cycle finds its way back. */
  read(json: unknown, detail: unknown, revive: (key: string | number) => unknown): Read
}

export interface Written {
  readonly json: unknown
  readonly detail?: unknown
}

export interface Read {
  readonly value: unknown
  readonly fill?: () => void
}

const dates: Kind = {
  name: 'date',
  write: (date: Date) => ({ json: Number.isNaN(date.getTime()) ? null : date.toISOString() }),
  read: json => ({ value: new Date(json === null ? Number.NaN : (json as string)) }),
}

const urls: Kind = {
  name: 'url',
  write: (url: URL) => ({ json: url.href }),
  read: json => ({ value: new URL(json as string) }),
}

const regExps: Kind = {
  name: 'regexp',
  write: ({ source, flags, lastIndex }: RegExp) => ({ json: source, detail: [flags, lastIndex] }),
  read: (json, detail) => {
    const [flags, lastIndex] = detail as [string, number]
    return { value: Object.assign(new RegExp(json as string, flags), { lastIndex }) }
  },
}

const maps: Kind = {
  name: 'map',
  write: (map: Map<unknown, unknown>, walk) => {
    // Keys and values in turn: one index is a step of a path.
    const flat: unknown[] = []
    for (const [key, value] of map) {
      flat.push(walk(key, flat.length))
      flat.push(walk(value, flat.length))
    }
    return { json: flat }
  },
  read: (json, _detail, revive) => {
    const value = new Map<unknown, unknown>()
    const fill = () => {
      for (let index = 0; index < (json as unknown[]).length; index += 2)
        value.set(revive(index), revive(index + 1))
    }
    return { value, fill }
  },
}

const sets: Kind = {
  name: 'set',
  write: (set: Set<unknown>, walk) => ({ json: Array.from(set, (value, index) => walk(value, index)) }),
  read: (json, _detail, revive) => {
    const value = new Set<unknown>()
    const fill = () => {
      for (let index = 0; index < (json as unknown[]).length; index++) value.add(revive(index))
    }
    return { value, fill }
  },
}

const viewClasses = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
}

const bytes: Kind = {
  name: 'bytes',
  write: (value: ArrayBuffer | ArrayBufferView) => {
    const view = ArrayBuffer.isView(value) ? value : new Uint8Array(value)
    const raw = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
    return { json: raw.toString('base64'), detail: bytesClass(value) }
  },
  read: (json, detail) => ({ value: readBytes(Buffer.from(json as string, 'base64'), detail as string) }),
}

function bytesClass(value: ArrayBuffer | ArrayBufferView): string {
  if (Buffer.isBuffer(value)) return 'Buffer'
  return Object.prototype.toString.call(value).slice(8, -1)
}

function readBytes(raw: Buffer, name: string): unknown {
  if (name === 'Buffer') return raw
  // A copy of its own: a view must start at a multiple of its element's size, and Buffer's pool does not.
  const { buffer } = new Uint8Array(raw)
  const View = viewClasses[name as keyof typeof viewClasses] as (new (of: ArrayBuffer) => unknown) | undefined
  return View === undefined ? buffer : new View(buffer)
}

const errorClasses = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
}
const errorFields = ['name', 'message', 'stack', 'cause', 'errors']

const errors: Kind = {
  name: 'error',
  write: (error: Error, walk) => {
    const fields: Record<string, unknown> = {}
    for (const field of [...errorFields, ...Object.keys(error)]) {
      const own = Object.hasOwn(error, field)
      if (own || field === 'name') setField(fields, field, walk(error[field as keyof Error], field))
    }
    return { json: fields, detail: errorClass(error) }
  },
  read: (json, detail, revive) => {
    const Class = errorClasses[detail as keyof typeof errorClasses] ?? Error
    const value = Class === AggregateError ? new AggregateError([]) : new (Class as ErrorConstructor)()
    return { value, fill: () => fillError(value, json as Record<string, unknown>, revive) }
  },
}

function errorClass(error: Error): string {
  for (const [name, Class] of Object.entries(errorClasses).reverse()) if (error instanceof Class) return name
  return 'Error'
}

function fillError(error: Error, json: Record<string, unknown>, revive: (key: string) => unknown): void {
  for (const field of Object.keys(json)) {
    if (field === 'name' && json.name === error.name) continue
    const enumerable = !errorFields.includes(field)
    Object.defineProperty(error, field, {
      value: revive(field),
      enumerable,
      configurable: true,
      writable: true,
    })
  }
}

/** Sets an own property, whatever its name: `__proto__` by assignment would change the prototype. */
export function setField(target: object, key: string | number, value: unknown): void {
  if (key !== '__proto__') (target as Record<string | number, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

const kinds = [dates, urls, regExps, maps, sets, bytes, errors]
const byName = new Map(kinds.map(kind => [kind.name, kind]))

/** The kind that a mark names. */
export const kindNamed = (name: string): Kind | undefined => byName.get(name)

/** The kind of an object that is neither a plain object nor an array, if it can be kept whole. */
export function kindOf(value: object): Kind | undefined {
  if (value instanceof Error) return errors
  if (value instanceof Date) return dates
  if (value instanceof Map) return maps
  if (value instanceof Set) return sets
  if (value instanceof RegExp) return regExps
  if (value instanceof URL) return urls
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return bytes
  return undefined
}
