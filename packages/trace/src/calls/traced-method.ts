import { RuntapeError } from '@runtape/core'
import type { SpanDefinition } from '../definition.ts'
import type { Tracing } from '../tracing.ts'
import { type AnyFunction, wrapFunction } from './wrap-function.ts'

/** A standard method decorator that keeps the method's type. */
export type MethodDecorator = <F extends AnyFunction>(method: F, context: MethodContext) => F

/** The decorator context of a method. */
export type MethodContext = Pick<ClassMethodDecoratorContext, 'kind' | 'name'>

/** @param tracing Default: the process default. */
export function methodDecorator(tracing: Tracing | undefined, definition: SpanDefinition): MethodDecorator {
  return (method, context) => {
    if (typeof context !== 'object' || context?.kind !== 'method') {
      throw new RuntapeError('invalid-option', refusal(definition.key, context))
    }
    return wrapFunction(tracing, definition, method)
  }
}

function refusal(key: string, context: unknown): string {
  const { kind, name } = (context ?? {}) as Partial<DecoratorContext>
  const decorator = `@tracedMethod('${key}')`
  if (kind === undefined) {
    return `${decorator} is a standard decorator but was called as a legacy one. Turn off experimentalDecorators, or use traced('${key}', fn).`
  }
  return `${decorator} is for methods, but ${String(name)} is not one (kind: ${kind}). Move its work into a method and trace that, or use traced('${key}', fn).`
}
