import { RuntapeError } from '@runtape/core'
import { defineSpan, type SpanDefinition, type TracedOptions } from '../definition.ts'
import { type Tracing, type TracingOptions, tracingOf } from '../tracing.ts'
import { type MethodDecorator, methodDecorator } from './traced-method.ts'
import { type AnyFunction, tracedMark, wrapFunction } from './wrap-function.ts'

/** `traced` and related functions for a separate tracing. */
export interface Tracer {
  traced<F extends AnyFunction>(key: string, fn: F): F
  traced<F extends AnyFunction>(key: string, options: TracedOptions, fn: F): F
  traceFunction(key: string): TraceFunction
  tracedMethod(key: string, options?: TracedOptions): MethodDecorator
}

/** Wraps functions that share a key; their names distinguish them. */
export interface TraceFunction {
  wrap<F extends AnyFunction>(fn: F, options?: TracedOptions): F
}

/** A tracer with its own sink instead of the process default. */
export function createTracer(options: TracingOptions): Tracer {
  const tracing = tracingOf(options)
  return {
    traced: <F extends AnyFunction>(key: string, second: TracedOptions | F, third?: F) =>
      tracedWith(tracing, key, second, third),
    traceFunction: key => traceFunctionWith(tracing, key),
    tracedMethod: (key, options) => methodDecorator(tracing, defineSpan(key, options)),
  }
}

/**
 * Records every call of `fn`: input at the start of the call, output, errors, streams, and the traced calls inside it as
 * children. The function keeps its type, `this`, `length` and `name`; sync functions stay sync.
 *
 * @example
 * ```ts
 * import { traced } from '@runtape/trace'
 *
 * const add = traced('math.add', (a: number, b: number) => a + b)
 * const pay = traced('payments.pay', { type: 'tool', mockOnReplay: true }, async (amount: number) => amount)
 * ```
 */
export function traced<F extends AnyFunction>(key: string, fn: F): F
export function traced<F extends AnyFunction>(key: string, options: TracedOptions, fn: F): F
export function traced<F extends AnyFunction>(key: string, second: TracedOptions | F, third?: F): F {
  return tracedWith(undefined, key, second, third)
}

/** The fluent form: `traceFunction(key).wrap(fn)` names each span after its function. */
export function traceFunction(key: string): TraceFunction {
  return traceFunctionWith(undefined, key)
}

/**
 * A decorator for a method, including static and private ones: records each call, like `traced`. It is a standard decorator (TC39)
 * and works under `experimentalDecorators`, too, beside those of a framework. An overloaded method keeps its overloads.
 *
 * @throws {RuntapeError} `invalid-option` on anything that is not a method
 *
 * @example
 * ```ts
 * import { tracedMethod } from '@runtape/trace'
 *
 * class Orders {
 *   @tracedMethod('orders.find', { type: 'tool', mockOnReplay: true })
 *   async find(id: string) {
 *     return { id }
 *   }
 * }
 * ```
 */
export function tracedMethod(key: string, options?: TracedOptions): MethodDecorator {
  return methodDecorator(undefined, defineSpan(key, options))
}

/** The definition of a traced function, or `undefined` if it is not traced. */
export function definitionOf(fn: unknown): SpanDefinition | undefined {
  return typeof fn === 'function' ? (fn as { [tracedMark]?: SpanDefinition })[tracedMark] : undefined
}

function traceFunctionWith(tracing: Tracing | undefined, key: string): TraceFunction {
  return {
    wrap: (fn, options) => wrapFunction(tracing, defineSpan(key, { name: fn.name || key, ...options }), fn),
  }
}

function tracedWith<F extends AnyFunction>(
  tracing: Tracing | undefined,
  key: string,
  second: TracedOptions | F,
  third: F | undefined,
): F {
  if (typeof key !== 'string')
    throw new RuntapeError('invalid-option', `traced needs a key as its first argument (got ${typeof key}).`)
  const [options, fn] = typeof second === 'function' ? [undefined, second] : [second, third]
  if (typeof fn !== 'function')
    throw new RuntapeError('invalid-option', `traced('${key}') needs a function to trace.`)
  return wrapFunction(tracing, defineSpan(key, options), fn)
}
