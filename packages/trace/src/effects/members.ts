import { Readable } from 'node:stream'

// More names are not useful: a call must not fill the tape with names.
const most = 200

const byPrototype = new WeakMap<object, readonly string[]>()

/** Names of the additional members of a stream, thenable or promise. Properties are not read. Cached per class. */
export function membersBeside(value: object): readonly string[] | undefined {
  try {
    const own = Object.getOwnPropertyNames(value)
    const prototype = Object.getPrototypeOf(value) as object | null
    if (own.length === 0 && prototype === Promise.prototype) return undefined
    const inherited = membersOf(prototype)
    if (own.length === 0) return inherited.length === 0 ? undefined : inherited
    const ordinary = ordinaryMembers(value)
    const names = new Set([...own, ...inherited].filter(name => !ordinary.has(name)))
    return names.size === 0 ? undefined : [...names].slice(0, most)
  } catch {
    // A proxy may refuse.
    return undefined
  }
}

function membersOf(prototype: object | null): readonly string[] {
  if (prototype === null) return none
  const known = byPrototype.get(prototype)
  if (known) return known
  const names = inheritedNames(prototype)
  byPrototype.set(prototype, names)
  return names
}

const none: readonly string[] = []

function inheritedNames(prototype: object): string[] {
  const names = new Set<string>()
  for (
    let at: object | null = prototype;
    at !== null && !isBuiltIn(at);
    at = Object.getPrototypeOf(at) as object | null
  )
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  const ordinary = ordinaryMembers(prototype)
  return [...names].filter(name => !ordinary.has(name)).slice(0, most)
}

const asyncGenerator = Object.getPrototypeOf(async function* () {}).prototype as object
const generator = Object.getPrototypeOf(function* () {}).prototype as object

const isBuiltIn = (prototype: object): boolean =>
  prototype === Object.prototype ||
  prototype === Promise.prototype ||
  prototype === asyncGenerator ||
  prototype === generator ||
  prototype === ReadableStream.prototype ||
  prototype === Readable.prototype

const always = ['constructor', 'then', 'catch', 'finally', 'next', 'return', 'throw']
const asyncOrdinary: ReadonlySet<string> = new Set(always)
const webOrdinary: ReadonlySet<string> = new Set([
  ...always,
  ...Object.getOwnPropertyNames(ReadableStream.prototype),
])
let nodeOrdinary: ReadonlySet<string> | undefined

/** Expected members of such an object, which are also there in a replay. */
function ordinaryMembers(value: object): ReadonlySet<string> {
  if (value instanceof Readable) {
    nodeOrdinary ??= new Set([...always, ...allNames(new Readable())])
    return nodeOrdinary
  }
  return value instanceof ReadableStream ? webOrdinary : asyncOrdinary
}

function allNames(value: object): string[] {
  const names: string[] = []
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null)
    names.push(...Object.getOwnPropertyNames(at))
  return names
}
