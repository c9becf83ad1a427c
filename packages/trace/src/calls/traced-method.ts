import { RuntapeError } from '@runtape/core'
import type { SpanDefinition } from '../definition.ts'
import type { Tracing } from '../tracing.ts'
import { type AnyFunction, wrapFunction } from './wrap-function.ts'

/** A method decorator that keeps the method's type. */
export interface MethodDecorator {
  /** The standard form (TC39). */
  <F extends AnyFunction>(method: F, context: MethodContext): F
  /** The form of TypeScript's `experimentalDecorators`. */
  <F extends AnyFunction>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<F>): void
}

/** The decorator context of a method. */
export type MethodContext = Pick<ClassMethodDecoratorContext, 'kind' | 'name'>

/** @param tracing Default: the process default. */
export function methodDecorator(tracing: Tracing | undefined, definition: SpanDefinition): MethodDecorator {
  const wrap = <F extends AnyFunction>(method: F): F => wrapFunction(tracing, definition, method)
  const decorator = (target: unknown, context: unknown, descriptor?: PropertyDescriptor) => {
    if (isMethod(context)) return wrap(target as AnyFunction)
    const method: unknown = descriptor?.value
    if (typeof method !== 'function') throw refusal(definition.key, context, descriptor)
    Object.assign(descriptor as PropertyDescriptor, { value: withMetadata(method as AnyFunction, wrap) })
    return undefined
  }
  return decorator as MethodDecorator
}

const isMethod = (context: unknown): boolean =>
  typeof context === 'object' && (context as Partial<DecoratorContext> | null)?.kind === 'method'

/** The part of `reflect-metadata` that copies what decorators noted at a function. */
interface Metadata {
  getOwnMetadataKeys?(target: object): readonly unknown[]
  getOwnMetadata(key: unknown, target: object): unknown
  defineMetadata(key: unknown, value: unknown, target: object): void
}

// Frameworks such as Nest look for a route at the function itself.
function withMetadata<F extends AnyFunction>(method: F, wrap: (method: F) => F): F {
  const wrapped = wrap(method)
  const metadata = Reflect as unknown as Metadata
  for (const key of metadata.getOwnMetadataKeys?.(method) ?? [])
    metadata.defineMetadata(key, metadata.getOwnMetadata(key, method), wrapped)
  return wrapped
}

function refusal(key: string, context: unknown, third: unknown): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `@tracedMethod('${key}') is for methods, but ${placeOf(context, third)}. Move its work into a method and trace that, or use traced('${key}', fn).`,
  )
}

// Under `experimentalDecorators` the second argument is the name of a member, and the third a descriptor or the index of a parameter.
function placeOf(context: unknown, third: unknown): string {
  if (typeof third === 'number') return 'a parameter is not one'
  if (typeof context === 'string' || typeof context === 'symbol') return `${String(context)} is not one`
  const { kind, name } = (context ?? {}) as Partial<DecoratorContext>
  return kind === undefined ? 'a class is not one' : `${String(name)} is not one (kind: ${kind})`
}
