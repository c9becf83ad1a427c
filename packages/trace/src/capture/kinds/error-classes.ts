import { RuntapeError } from '@runtape/core'
import { findErrorPrototypes } from './class-search.ts'

interface ErrorClasses {
  readonly registered: Map<string, object>
  /** Prototypes of captured errors, by class name. */
  readonly seen: Map<string, WeakRef<object>[]>
}

const slot = Symbol.for('runtape.error-classes.1')
const globals = globalThis as { [slot]?: ErrorClasses }

// Stored on the global object, so that a second copy of this package shares them.
globals[slot] ??= { registered: new Map(), seen: new Map() }
const known = globals[slot]

// Maximum per name: a class that is created again for each call must not grow the list without limit.
const mostSeen = 8

/**
 * Registers an error class, so that a replay throws recorded errors as its instances. Needed only if the process has several
 * classes of that name, or the class comes from another realm: others are found automatically.
 *
 * @throws {RuntapeError} `invalid-option` for anything that is not an error class.
 *
 * @example
 * ```ts
 * import { registerErrorClass } from '@runtape/trace'
 *
 * class RateLimitError extends Error {
 *   readonly retryAfterMs = 1000
 * }
 * registerErrorClass(RateLimitError)
 * ```
 */
export function registerErrorClass(errorClass: abstract new (...args: never[]) => Error): void {
  const prototype: unknown = typeof errorClass === 'function' ? errorClass.prototype : undefined
  const name = typeof errorClass === 'function' ? errorClass.name : ''
  if (!(prototype instanceof Error) || name === '') {
    throw new RuntapeError(
      'invalid-option',
      `registerErrorClass needs a class that extends Error and has a name (got ${name || typeof errorClass}).`,
    )
  }
  known.registered.set(name, prototype)
}

/** Remembers the class of a captured error. */
export function rememberErrorClass(name: string, prototype: object): void {
  const refs = known.seen.get(name)?.filter(ref => ref.deref() !== undefined) ?? []
  if (refs.some(ref => ref.deref() === prototype)) return
  refs.push(new WeakRef(prototype))
  if (refs.length > mostSeen) refs.shift()
  known.seen.set(name, refs)
}

/**
 * The prototype of the class named by `chain` (the class, then its superclasses), or why there is none.
 *
 * @param search whether to search the process memory for a class not seen before
 */
export function errorPrototype(chain: readonly string[], search: boolean): object | string {
  const [name = ''] = chain
  const registered = known.registered.get(name)
  if (registered) return registered
  const seen = only(name, fitting(seenOf(name), chain))
  if (seen !== undefined) return seen
  const found = search ? fitting(findErrorPrototypes(name), chain) : []
  for (const prototype of found) rememberErrorClass(name, prototype)
  return (
    only(name, found) ??
    `no class ${name} is loaded in this process; import it, or pass it to registerErrorClass`
  )
}

function only(name: string, prototypes: readonly object[]): object | string | undefined {
  if (prototypes.length < 2) return prototypes[0]
  return `this process has ${prototypes.length} classes named ${name}; pass the right one to registerErrorClass`
}

const seenOf = (name: string): object[] => (known.seen.get(name) ?? []).flatMap(ref => ref.deref() ?? [])

const fitting = (prototypes: readonly object[], chain: readonly string[]): object[] =>
  prototypes.filter(prototype => {
    // The built-in one at the end is not included.
    const names = classChain(prototype, () => false).slice(0, chain.length)
    return names.join() === chain.join()
  })

/** The class names at and above a prototype, up to the first built-in one. */
export function classChain(prototype: object | null, isBuiltIn: (name: string) => boolean): string[] {
  const chain: string[] = []
  for (
    let at = prototype;
    at !== null && chain.length < 32;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const name = classNameAt(at)
    if (name === undefined) continue
    if (isBuiltIn(name)) break
    chain.push(name)
  }
  return chain
}

function classNameAt(prototype: object): string | undefined {
  const { name } = (constructorAt(prototype) ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : undefined
}

const constructorAt = (prototype: object): unknown =>
  Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value

const withPrivateNames = new WeakMap<object, boolean>()

/** Whether objects of this class may have fields that cannot be read from outside: `#name`. */
export function hasPrivateNames(prototype: object): boolean {
  let has = withPrivateNames.get(prototype)
  if (has === undefined) {
    has = privateNamesAt(prototype)
    withPrivateNames.set(prototype, has)
  }
  return has
}

function privateNamesAt(prototype: object): boolean {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own = constructorAt(at)
    // A `#` in a string or a comment counts, too: the object is then called lossy unnecessarily, which is safe.
    if (typeof own === 'function' && /[{};\s.]#[\p{ID_Start}$_]/u.test(Function.prototype.toString.call(own)))
      return true
  }
  return false
}
