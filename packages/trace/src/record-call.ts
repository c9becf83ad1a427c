import { types } from 'node:util'
import {
  exchangeFrame,
  isGenerator,
  isIteration,
  isThenable,
  type Payload,
  type ResultKind,
  tapIteration,
  whenSettled,
} from '@runtape/core'
import type { Span } from './span.ts'
import { StreamCapture } from './stream-capture.ts'

/**
 * Runs the call inside its span and records how it ends; what it gives is passed on as it is.
 *
 * @param known its value as it was captured before, so that it need not be captured again
 */
export function recordCall<T>(
  span: Span,
  fn: (...args: unknown[]) => T,
  self?: unknown,
  args: unknown[] = [],
  known?: Payload,
): T {
  const outer = exchangeFrame(span.frame())
  let result: T
  try {
    result = fn.apply(self, args)
  } catch (error) {
    exchangeFrame(outer)
    span.end({ status: 'error', resultKind: 'value', error })
    throw error
  }
  exchangeFrame(outer)
  return recordResult(span, result, known)
}

function recordResult<T>(span: Span, result: T, known: Payload | undefined): T {
  if (isIteration(result)) return recordIteration(span, result, iterationKind(result))
  if (!isThenable(result)) {
    succeed(span, result, 'value', known)
    return result
  }
  if (!types.isPromise(result)) neverAwaited.register(result, span)
  return whenSettled(
    result,
    value => {
      if (isIteration(value)) recordIteration(span, value, `promise-of-${iterationKind(value)}`)
      else succeed(span, value, 'promise', known)
    },
    error => span.end({ status: 'error', resultKind: 'promise', error }),
    span.ready,
  )
}

// A query builder that nobody awaits has not run; its span must still end.
const neverAwaited = new FinalizationRegistry<Span>(span =>
  span.end({ status: 'abandoned', resultKind: 'promise' }),
)

const iterationKind = (result: object) => (isGenerator(result) ? 'generator' : 'async-generator')

function recordIteration<T extends object>(span: Span, iteration: T, kind: ResultKind): T {
  return tapIteration(iteration, new StreamCapture(span, kind))
}

function succeed(span: Span, value: unknown, resultKind: ResultKind, known: Payload | undefined): void {
  span.end({ status: 'ok', resultKind, output: known ?? span.capture(value) })
}
