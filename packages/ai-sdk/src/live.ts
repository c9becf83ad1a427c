import { tapStream } from '@runtape/core/internal'
import { type CallResult, contained, fieldsOf, sendIn } from '@runtape/provider'
import { captureOutput } from '@runtape/trace/provider'
import { awaitNextAttempt, isRetryable } from './attempts.ts'
import { keptAnswer } from './recorded-answer.ts'
import { factsOf, type SdkCall } from './sdk-call.ts'
import { StreamWatch } from './stream-watch.ts'

/** Asks the model, in a frame in which no tap beneath takes the request for a call of its own. */
export async function ask<R>(call: SdkCall, params: object, send: () => PromiseLike<R>): Promise<R> {
  try {
    return await sendIn(call.frame(), send)
  } catch (error) {
    contained(() => failed(call, params, error))
    throw error
  }
}

/** Ends a call that was answered in one piece. */
export function answered(call: SdkCall, answer: unknown): void {
  const facts = factsOf(answer, fieldsOf(fieldsOf(answer).response).modelId)
  call.end({ status: 'ok', facts, output: limits => captureOutput(keptAnswer(answer), limits) })
}

/** Ends a call when the stream of its answer has ended. */
export function answeredByStream(call: SdkCall, params: object, answer: unknown): void {
  const { stream, ...head } = fieldsOf(answer)
  if (typeof stream !== 'object' || stream === null) return answered(call, answer)
  tapStream(stream, new StreamWatch(call, signalIn(params), head))
}

export function signalIn(params: object): AbortSignal | undefined {
  const { abortSignal } = fieldsOf(params)
  return abortSignal instanceof AbortSignal ? abortSignal : undefined
}

/** Ends a call that got no answer, or waits for the SDK's next attempt. */
export function failed(call: SdkCall, params: object, error: unknown): void {
  if (signalIn(params)?.aborted)
    return call.end({ status: 'cancelled', output: limits => captureOutput({ aborted: true }, limits) })
  const failures = [...call.failures]
  const output: CallResult['output'] = limits =>
    captureOutput(failures.length > 0 ? { failures } : {}, limits)
  const result: CallResult = { status: 'error', error, output }
  if (!isRetryable(error)) return call.end(result)
  call.failures.push(captureOutput(error, call.span?.tracing.limits))
  awaitNextAttempt(call, params, result)
}
