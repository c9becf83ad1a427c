import type { SpanDefinition } from '../definition.ts'

type Class = abstract new (...args: never[]) => unknown

/** True for a class in the sense of the language, which cannot be called without `new`. */
export function isClass(fn: unknown): fn is Class {
  if (typeof fn !== 'function') return false
  // Only a class has this property read-only, so the source of few other functions is inspected.
  const prototype = Object.getOwnPropertyDescriptor(fn, 'prototype')
  return prototype?.writable === false && /^class\b/.test(Function.prototype.toString.call(fn))
}

export interface ClassTraps {
  readonly mark: symbol
  readonly definition: SpanDefinition
  /** Called before construction; throws if it is not allowed. */
  readonly making: (args: readonly unknown[]) => void
  /** Result of calling it without `new`. */
  readonly call: (...args: never[]) => unknown
}

/**
 * The traced form of a class. Construction is not a call and is not recorded, so the form only has to stay a class, even for
 * `util.inspect`, with the original statics and not copies of them.
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
