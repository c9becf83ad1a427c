import { RuntapeError } from '@runtape/core'
import { defineSpan, type SpanDefinition, type TracedOptions } from '../definition.ts'
import { type Tracing, type TracingOptions, tracingOf } from '../tracing.ts'
import { type MethodDecorator, methodDecorator } from './traced-method.ts'
import { type AnyFunction, tracedMark, wrapFunction } from './wrap-function.ts'

/** `traced`, and its relatives, for one separate tracing. */
export interface Tracer {
  traced<F extends AnyFunction>(key: string, fn: F): F
  traced<F extends AnyFunction>(key: string, options: TracedOptions, fn: F): F
  traceFunction(key: string): TraceFunction
  tracedMethod(key: string, options?: TracedOptions): MethodDecorator
}

/** Wraps functions that share a key; each is told apart by its own name. */
export interface TraceFunction {
  wrap<F extends AnyFunction>(fn: F, options?: TracedOptions): F
}

/** A tracer with its own sink, in place of the process default. */
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
 * Records every call of `fn`: input as it is when the call starts, output, errors, streams, and the traced calls
 * inside it as children. The function stays what it is: its type, `this`, `length` and `name`; sync stays sync.
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
 * The standard decorator (TC39) for a method, also a static or a private one: each call of it is recorded, as with
 * `traced`. An overloaded method keeps its overloads.
 *
 * @throws {RuntapeError} `invalid-option` on anything that is not a method, and under `experimentalDecorators`.
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

/** How a traced function was declared, or `undefined` when it is not traced. */
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
