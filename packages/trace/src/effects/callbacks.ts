import { inspect } from 'node:util'
import type { CallbackCall } from '@runtape/core/internal'
import type { CaptureLimits } from '../capture/limits.ts'
import { encodeValue } from '../capture/payload.ts'

type Path = readonly (string | number)[]
type LooseFunction = (this: unknown, ...args: unknown[]) => unknown

export interface FoundFunction {
  readonly path: Path
  readonly owner: unknown
  readonly fn: LooseFunction
}

// Only frameworks nest them deeper.
const deepest = 3
const mostCalls = 10_000

/** Functions among arguments: the arguments themselves, and those in plain objects and lists. */
export function functionsIn(args: readonly unknown[]): FoundFunction[] {
  const found: FoundFunction[] = []
  // Most calls receive neither objects nor functions.
  if (args.some(mayHoldFunctions)) collect(args, [], found)
  return found
}

const mayHoldFunctions = (value: unknown): boolean =>
  typeof value === 'function' || (typeof value === 'object' && value !== null)

function collect(owner: object, path: Path, found: FoundFunction[]): void {
  for (const key of Object.keys(owner)) {
    const value: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value
    const at = [...path, Array.isArray(owner) ? Number(key) : key]
    if (typeof value === 'function') found.push({ path: at, owner, fn: value as LooseFunction })
    else if (isPlain(value) && at.length < deepest) collect(value, at, found)
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

/**
 * Passes wrappers of the functions among its arguments to a call, and records each call of one. Wrappers have the properties of
 * the functions, and one function always has the same wrapper, but they are different objects: therefore the application must opt
 * in.
 */
export class CallbackRecorder {
  readonly args: unknown[]
  /** Called before a function is called. */
  onCall: (() => void) | undefined
  /** Reports how many chunks of the call's stream have been read. */
  chunks: (() => number) | undefined
  readonly #calls: (CallbackCall & { awaited?: boolean })[] = []
  readonly #limits: CaptureLimits
  readonly #twins = new WeakMap<object, object>()
  readonly #originals = new WeakMap<object, object>()
  #isLate = false
  #isOver = false
  #isCut = false
  #last: unknown

  constructor(args: readonly unknown[], limits: CaptureLimits) {
    this.#limits = limits
    this.args = args.map((arg, index) => this.#twin(arg, [index]) as unknown)
  }

  /** From now on, calls come after the call has returned. */
  returned(): void {
    this.#isLate = true
  }

  /** Whether the last argument is a function, and none has been called yet. */
  get waitsForLast(): boolean {
    return this.#calls.length === 0 && typeof this.args.at(-1) === 'function'
  }

  /** The calls so far; later ones are not recorded. */
  finish(): { callbacks: readonly CallbackCall[]; callbacksCut?: boolean } {
    this.#isOver = true
    this.#settleLast()
    return { callbacks: this.#calls, ...(this.#isCut && { callbacksCut: true }) }
  }

  #twin(value: unknown, path: Path): unknown {
    if (typeof value !== 'function' && !(isPlain(value) && path.length < deepest)) return value
    const known = this.#twins.get(value as object)
    if (known) return known
    if (typeof value !== 'function' && !hasFunction(value as object, path.length)) return value
    const twin =
      typeof value === 'function' ? this.#functionTwin(value, path) : this.#objectTwin(value as object, path)
    this.#twins.set(value as object, twin)
    return twin
  }

  #functionTwin(fn: object, path: Path): object {
    return new Proxy(fn as LooseFunction, {
      apply: (target, self, args) => {
        this.#note(path, args)
        const result: unknown = Reflect.apply(target, this.#originals.get(self as object) ?? self, args)
        this.#last = result
        return result
      },
    })
  }

  #objectTwin(object: object, path: Path): object {
    const twin = new Proxy(object, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver === twin ? target : receiver)
        if (typeof key === 'symbol' || isFixed(target, key)) return value
        return this.#twin(value, [...path, Array.isArray(target) ? Number(key) : key])
      },
    })
    this.#originals.set(twin, object)
    return twin
  }

  #note(path: Path, args: readonly unknown[]): void {
    if (this.#isOver) return
    this.#settleLast()
    const chunks = this.chunks?.()
    if (this.#calls.length === mostCalls) this.#isCut = true
    else
      this.#calls.push({
        path,
        args: encodeValue(args, this.#limits),
        ...(this.#isLate && { isLate: true }),
        ...(chunks !== undefined && { chunks }),
      })
    this.onCall?.()
  }

  /** The original of a wrapper, so that a call that returns an argument returns the caller's own. */
  original(value: unknown): unknown {
    return (typeof value === 'object' && value !== null && this.#originals.get(value)) || value
  }

  // Inspected from outside: awaiting it would handle its rejection.
  #settleLast(): void {
    const last = this.#last
    const call = this.#calls.at(-1)
    this.#last = undefined
    if (call && last instanceof Promise && !isPending(last)) call.awaited = true
  }
}

const isPending = (promise: Promise<unknown>): boolean =>
  inspect(promise, { depth: 0, customInspect: false }).includes('<pending>')

const hasFunction = (value: object, depth: number): boolean => {
  const found: FoundFunction[] = []
  collect(
    value,
    Array.from({ length: depth }, () => 0),
    found,
  )
  return found.length > 0
}

// A proxy must return these unchanged.
function isFixed(target: object, key: string): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(target, key)
  return descriptor !== undefined && !descriptor.configurable && descriptor.writable !== true
}

/** The function at this path of the current arguments. */
export function functionAt(args: readonly unknown[], path: Path): FoundFunction | undefined {
  let owner: unknown
  let value: unknown = args
  for (const step of path) {
    owner = value
    value =
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined
  }
  return typeof value === 'function' ? { path, owner, fn: value as LooseFunction } : undefined
}
