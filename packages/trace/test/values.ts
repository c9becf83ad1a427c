import fc from 'fast-check'

/** Values of every kind that is restored exactly, with shared parts and cycles. */
export const values: fc.Arbitrary<unknown> = fc.letrec<{
  value: unknown
  leaf: unknown
  array: unknown[]
  object: object
}>(tie => ({
  leaf: fc.oneof(
    fc.jsonValue({ maxDepth: 0 }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.constantFrom(undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.bigInt(),
    fc.string().map(name => Symbol.for(name)),
    fc.date({ noInvalidDate: false }),
    fc.webUrl().map(url => new URL(url)),
    fc.constantFrom(/a+/gi, /\/"/u, /(?<x>y)/d).map(pattern => new RegExp(pattern)),
    bytes(),
  ),
  array: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(names(), tie('value'), { maxKeys: 4 }),
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('leaf'),
    tie('array'),
    tie('object'),
    fc.sparseArray(tie('value'), { maxLength: 6, maxNumElements: 3 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map(entries => new Map(entries)),
    tie('array').map(items => new Set(items)),
    fc.tuple(errorsOf(), tie('value'), tie('object')).map(asError),
    tie('value').map(shared => ({ shared, again: shared, list: [shared] })),
    tie('object').map(object => Object.assign(object, { self: object })),
    fc.tuple(tie('object'), fc.string(), tie('value')).map(withSymbolKey),
    tie('object').map(object => Object.assign(Object.create(null), object)),
    tie('array').map(array => cyclicArray(array)),
    tie('value').map(inner => cyclicMap(inner)),
  ),
})).value

function names(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'then', 'toJSON', 'constructor', '1', '0', 'length'),
  )
}

function bytes(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 5 }),
    fc.uint8Array({ maxLength: 5 }).map(view => Buffer.from(view)),
    fc.uint8Array({ maxLength: 5 }).map(view => new Uint8Array(view).buffer),
    fc.int16Array({ maxLength: 5 }),
    fc.float64Array({ maxLength: 5 }),
    fc.bigUint64Array({ maxLength: 3 }),
  )
}

function errorsOf(): fc.Arbitrary<Error> {
  const classes = fc.constantFrom(
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    URIError,
    EvalError,
    ReferenceError,
  )
  return fc.tuple(classes, fc.string()).map(([Class, message]) => new Class(message))
}

function asError([error, cause, fields]: [Error, unknown, object]): Error {
  error.cause = cause
  for (const [name, value] of Object.entries(fields)) {
    // With an own `name`, or a message of another type, vitest no longer compares it as an error.
    if (name !== 'message' && name !== 'name' && name !== 'self') {
      Object.defineProperty(error, name, { value, enumerable: true, configurable: true, writable: true })
    }
  }
  return error
}

function withSymbolKey([object, name, value]: [object, string, unknown]): object {
  return Object.assign(object, { [Symbol.for(name)]: value })
}

function cyclicMap(inner: unknown): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>([['inner', inner]])
  return map.set(map, inner)
}

/** The structure of a value by path; a repeated object has the path of its first occurrence. */
export function structureOf(value: unknown): Record<string, string> {
  const first = new Map<object, string>()
  const structure: Record<string, string> = Object.create(null)
  const visit = (at: unknown, path: string) => {
    if (typeof at !== 'object' || at === null) {
      structure[path] = Object.is(at, -0) ? '-0' : String(at)
      return
    }
    const known = first.get(at)
    structure[path] = known ?? Object.prototype.toString.call(at)
    if (known !== undefined) return
    first.set(at, path)
    if (at instanceof Map || at instanceof Set)
      for (const [index, item] of [...at].entries()) visit(item, `${path}/${index}`)
    else if (ArrayBuffer.isView(at))
      structure[`${path}/bytes`] = Buffer.from(at.buffer, at.byteOffset, at.byteLength).toString('hex')
    else
      for (const key of Object.keys(at).sort()) visit((at as Record<string, unknown>)[key], `${path}/${key}`)
    for (const symbol of Object.getOwnPropertySymbols(at))
      visit((at as Record<symbol, unknown>)[symbol], `${path}/@${String(symbol)}`)
    if (at instanceof Error)
      for (const key of ['message', 'name', 'cause', 'stack'] as const) visit(at[key], `${path}/~${key}`)
  }
  visit(value, '$')
  return structure
}

function cyclicArray(items: unknown[]): unknown[] {
  items.push(items)
  return items
}
