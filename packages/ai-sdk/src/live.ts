import { tapStream } from '@runtape/core/internal'
import { type CallResult, contained, fieldsOf, sendIn } from '@runtape/provider'
import { captureOutput } from '@runtape/trace/provider'
import { awaitNextAttempt, isRetryable, type SdkCall } from './attempts.ts'
import { keptAnswer } from './recorded-answer.ts'
import { factsOf, isStreamed, signalIn } from './sdk-call.ts'
import { StreamWatch } from './stream-watch.ts'

/** Calls the model in a frame in which no other tap records the request as a second call. */
export async function ask<R>(call: SdkCall, params: object, send: () => PromiseLike<R>): Promise<R> {
  try {
    return await sendIn(call.frame(), send)
  } catch (error) {
    contained(() => failed(call, params, error))
    throw error
  }
}

/** Ends an answered call: now, or when its stream has ended. */
export function answered(call: SdkCall, params: object, answer: unknown): void {
  const { stream, response, ...head } = fieldsOf(answer)
  if (isStreamed(call) && typeof stream === 'object' && stream !== null)
    return void tapStream(stream, new StreamWatch(call, signalIn(params), { response, ...head }))
  const facts = factsOf(answer, fieldsOf(response).modelId)
  call.end({ status: 'ok', facts, output: limits => captureOutput(keptAnswer(answer), limits) })
}

/** Ends a call without an answer, or keeps it open for the SDK's next attempt. */
function failed(call: SdkCall, params: object, error: unknown): void {
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
