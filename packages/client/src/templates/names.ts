import Mustache from 'mustache'

/** The value that a template finds under a name. `isKnown` is false if no variable has that name. */
export interface Found {
  readonly isKnown: boolean
  readonly value: unknown
}

const nothing: Found = { isKnown: false, value: undefined }

/**
 * The names that a template may use: properties of the variables and of their classes, never those that every object inherits.
 * Functions are not called: a prompt must not run application code.
 */
export class OwnNames extends Mustache.Context {
  // Mustache's fields with these names are not part of its types.
  readonly #view: unknown
  readonly #outer: OwnNames | undefined

  constructor(view: unknown, outer?: OwnNames) {
    super(view, outer)
    this.#view = view
    this.#outer = outer
  }

  override push(view: unknown): OwnNames {
    return new OwnNames(view, this)
  }

  override lookup(name: string): unknown {
    const { value } = this.find(name)
    return typeof value === 'function' ? undefined : value
  }

  /** Looks names up like Mustache: innermost section first, each time by the whole path. */
  find(name: string): Found {
    if (name === '.') return { isKnown: true, value: this.#view }
    const path = name.includes('.') ? name.split('.') : [name]
    if (path.some(part => part === '__proto__' || part === 'prototype')) return nothing
    for (let at: OwnNames | undefined = this; at; at = at.#outer) {
      const found = reach(at.#view, path)
      if (found.isKnown) return found
    }
    return nothing
  }

  /** Whether a variable has the first part of the name. */
  knowsRoot(name: string): boolean {
    return this.find(name.split('.')[0] ?? '').isKnown
  }
}

function reach(view: unknown, path: readonly string[]): Found {
  let value = view
  for (const [index, name] of path.entries()) {
    // Properties of a string are read only through a path: `{{length}}` is a variable, `{{title.length}}` is not.
    const isInside = index > 0 || (typeof value === 'object' && value !== null)
    if (!isInside || !hasName(value, name)) return nothing
    value = (value as Record<string, unknown>)[name]
  }
  return { isKnown: true, value }
}

function hasName(value: unknown, name: string): boolean {
  if (value === null || value === undefined) return false
  for (let at: object | null = Object(value); at && !isBuiltIn(at); at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return name !== 'constructor' || at === value
  }
  return false
}

// In any realm: members of `Object.prototype`, `Function.prototype` and similar prototypes are not data.
const isBuiltIn = (object: object): boolean => {
  const { constructor } = object as { constructor?: unknown }
  return (
    typeof constructor === 'function' &&
    constructor.prototype === object &&
    /^function (Object|Function|Array|String|Number|Boolean|Promise|Map|Set)\(\) \{ \[native code\] \}$/.test(
      Function.prototype.toString.call(constructor),
    )
  )
}
