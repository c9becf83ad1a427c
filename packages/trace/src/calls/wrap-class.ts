import type { SpanDefinition } from '../definition.ts'

type Class = abstract new (...args: never[]) => unknown

/** True for a class as the language has it, which cannot be called without `new`. */
export function isClass(fn: unknown): fn is Class {
  if (typeof fn !== 'function') return false
  // A property that a class alone has read-only, so that the source of few other functions is looked at.
  const prototype = Object.getOwnPropertyDescriptor(fn, 'prototype')
  return prototype?.writable === false && /^class\b/.test(Function.prototype.toString.call(fn))
}

export interface ClassTraps {
  readonly mark: symbol
  readonly definition: SpanDefinition
  /** Called before an instance is made; throws where none may be. */
  readonly making: (args: readonly unknown[]) => void
  /** What calling it without `new` returns. */
  readonly call: (...args: never[]) => unknown
}

/**
 * The traced form of a class. Making an instance is no call and is not recorded, so all that is to be kept is what it is:
 * a class, also for `util.inspect`, with the statics that it has, not with copies of them.
 */
export function wrapClass<C extends Class>(Original: C, { mark, definition, making, call }: ClassTraps): C {
  const wrapped: C = new Proxy(Original, {
    apply: (_target, self, args) => Reflect.apply(call, self, args),
    construct: (target, args, newTarget) => {
      making(args)
      return Reflect.construct(target, args, newTarget === wrapped ? target : newTarget)
    },
    get: (target, name, receiver) =>
      name === mark ? definition : Reflect.get(target, name, receiver === wrapped ? target : receiver),
  })
  return wrapped
}
