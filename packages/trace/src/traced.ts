import type { ReplayDecision } from '@runtape/core'
import { encodeValue } from './capture/encode.ts'
import { defineSpan, type SpanDefinition, type TracedOptions } from './definition.ts'
import { failLike } from './fail-like.ts'
import { quietly } from './quietly.ts'
import { recordCall } from './record-call.ts'
import { serveCall } from './serve-call.ts'
import { openSpan, type Span } from './span.ts'
import { type Tracing, type TracingOptions, tracingOf } from './tracing.ts'

/** Any function at all: its parameters and result are kept by the type parameter that extends this. */
export type AnyFunction = (...args: never[]) => unknown

type LooseFunction = (this: unknown, ...args: unknown[]) => unknown

const mark = Symbol.for('runtape.traced')

/** `traced`, and its relatives, for one tracing of their own. */
export interface Tracer {
  traced<F extends AnyFunction>(key: string, fn: F): F
  traced<F extends AnyFunction>(key: string, options: TracedOptions, fn: F): F
  traceFunction(key: string): TraceFunction
}

/** Wraps functions that share a key; each is told apart by its own name. */
export interface TraceFunction {
  wrap<F extends AnyFunction>(fn: F, options?: TracedOptions): F
}

/** A tracer with a sink of its own, in place of the process default. */
export function createTracer(options: TracingOptions): Tracer {
  const tracing = tracingOf(options)
  return {
    traced: <F extends AnyFunction>(key: string, second: TracedOptions | F, third?: F) =>
      tracedWith(tracing, key, second, third),
    traceFunction: key => traceFunctionWith(tracing, key),
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

/** How a traced function was declared, or `undefined` when it is not traced. */
export function definitionOf(fn: unknown): SpanDefinition | undefined {
  return typeof fn === 'function' ? (fn as { [mark]?: SpanDefinition })[mark] : undefined
}

function traceFunctionWith(tracing: Tracing | undefined, key: string): TraceFunction {
  return { wrap: (fn, options) => wrap(tracing, defineSpan(key, { name: fn.name || key, ...options }), fn) }
}

function tracedWith<F extends AnyFunction>(
  tracing: Tracing | undefined,
  key: string,
  second: TracedOptions | F,
  third: F | undefined,
): F {
  if (typeof key !== 'string')
    throw new TypeError(`traced needs a key as its first argument (got ${typeof key}).`)
  const [options, fn] = typeof second === 'function' ? [undefined, second] : [second, third]
  if (typeof fn !== 'function') throw new TypeError(`traced('${key}') needs a function to trace.`)
  return wrap(tracing, defineSpan(key, options), fn)
}

function wrap<F extends AnyFunction>(tracing: Tracing | undefined, definition: SpanDefinition, fn: F): F {
  const inner = fn as unknown as LooseFunction
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target) return Reflect.construct(inner, args, new.target === wrapped ? inner : new.target)
    const span = openSpan(definition, captured(args), tracing)
    if (!span) return inner.apply(this, args)
    const { decision } = span
    return decision.action === 'run' ? recordCall(span, inner, this, args) : answerCall(span, decision, inner)
  }
  disguise(wrapped, inner)
  Object.defineProperty(wrapped, mark, { value: definition })
  return wrapped as unknown as F
}

/** Gives `wrapped` what one can see of `fn`: length, name, own properties, prototype, and that it is async. */
function disguise(wrapped: LooseFunction, fn: LooseFunction): void {
  for (const name of Reflect.ownKeys(fn)) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, name)
    if (descriptor && !ownToEach.has(name)) Object.defineProperty(wrapped, name, descriptor)
  }
  const prototype = Object.getPrototypeOf(fn)
  if (prototype !== Function.prototype) Object.setPrototypeOf(wrapped, prototype)
}

const ownToEach = new Set<PropertyKey>(['arguments', 'caller', mark])

const captured = (args: unknown[]) => (tracing: Tracing) => encodeValue(args, tracing.limits)

/** What a replay decided in place of running the code. */
function answerCall(
  span: Span,
  decision: Exclude<ReplayDecision, { action: 'run' }>,
  fn: LooseFunction,
): unknown {
  if (decision.action === 'serve') return serveCall(span, decision)
  return quietly(recordCall(span, () => failLike(fn, decision.error)))
}
