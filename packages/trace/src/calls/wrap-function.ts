import { types } from 'node:util'
import type { ResultKind } from '@runtape/core'
import { type ReplayDecision, runInFrame } from '@runtape/core/internal'
import { captureLazily } from '../capture/payload.ts'
import type { SpanDefinition } from '../definition.ts'
import { watchCall } from '../effects/call-watch.ts'
import { receiverFields, unlikeFields } from '../effects/receiver.ts'
import type { Served, ServedCall } from '../serving/served-call.ts'
import type { Span } from '../spans/span.ts'
import { startTraced } from '../spans/start-span.ts'
import type { Tracing } from '../tracing.ts'
import { markRejectionHandled } from './mark-rejection-handled.ts'
import { enterCall, failCall, leaveCall, recordCall } from './record-call.ts'
import { refuseInstance } from './refuse-instance.ts'
import { serveCall } from './serve-call.ts'
import { throwOrReject } from './throw-or-reject.ts'
import { isClass, wrapClass } from './wrap-class.ts'

/** Any function: type parameters that extend it keep its parameters and result. */
export type AnyFunction = (...args: never[]) => unknown

type LooseFunction = (this: unknown, ...args: unknown[]) => unknown

/** Key of a traced function's definition. */
export const tracedMark = Symbol.for('runtape.traced')

/** The traced form of `fn`. Default for `tracing`: the process default. */
export function wrapFunction<F extends AnyFunction>(
  tracing: Tracing | undefined,
  definition: SpanDefinition,
  fn: F,
): F {
  const inner = fn as unknown as LooseFunction
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target) {
      refuseInstance(definition, args, tracing)
      return Reflect.construct(inner, args, new.target === wrapped ? inner : new.target)
    }
    const span = startTraced(definition, captured(args), tracing)
    if (!span) return inner.apply(this, args)
    if (span.decision.action !== 'run') return answerCall(span, span.decision, inner, { self: this, args })
    span.watch = watchCall(args, this, definition, span.tracing.limits)
    // The call is made here and not in `recordCall`: this allows deeper recursion.
    const call = enterCall(span, inner)
    const given = span.watch?.callbacks?.args ?? args
    try {
      call.result = call.within
        ? runInFrame(call.within, () => inner.apply(this, given))
        : inner.apply(this, given)
    } catch (error) {
      throw failCall(call, error)
    }
    return leaveCall(call)
  }
  if (isClass(fn)) {
    const making = (args: readonly unknown[]) => refuseInstance(definition, args, tracing)
    return wrapClass(fn, { mark: tracedMark, definition, making, call: wrapped as AnyFunction }) as F
  }
  disguise(wrapped, inner)
  Object.defineProperty(wrapped, tracedMark, { value: definition })
  return wrapped as unknown as F
}

/** Copies the visible properties of `fn` to `wrapped`: length, name, own properties, prototype, and whether it is async. */
function disguise(wrapped: LooseFunction, fn: LooseFunction): void {
  for (const name of Reflect.ownKeys(fn)) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, name)
    if (descriptor && !ownToEach.has(name)) Object.defineProperty(wrapped, name, descriptor)
  }
  const prototype = Object.getPrototypeOf(fn)
  if (prototype !== Function.prototype) Object.setPrototypeOf(wrapped, prototype)
}

const ownToEach = new Set<PropertyKey>(['arguments', 'caller', tracedMark])

const kindOf = (fn: LooseFunction): ResultKind => (types.isAsyncFunction(fn) ? 'promise' : 'value')

const captured = (args: unknown[]) => (tracing: Tracing) => captureLazily(args, tracing.limits)

function compareReceiver(span: Span, decision: Served, self: unknown): void {
  const recorded = decision.effects?.receiver
  if (!recorded || !decision.unlikeThis) return
  const unlike = unlikeFields(recorded, receiverFields(self, span.tracing.limits))
  if (unlike.length > 0) decision.unlikeThis(unlike)
}

/** What a replay decided instead of running the code. */
function answerCall(
  span: Span,
  decision: Exclude<ReplayDecision, { action: 'run' }>,
  fn: LooseFunction,
  call: ServedCall,
): unknown {
  if (decision.action === 'serve') {
    compareReceiver(span, decision, call.self)
    const served = decision.likeFunction ? { ...decision, resultKind: kindOf(fn) } : decision
    return serveCall(span, served, call)
  }
  return markRejectionHandled(recordCall(span, () => throwOrReject(fn, decision.error)))
}
