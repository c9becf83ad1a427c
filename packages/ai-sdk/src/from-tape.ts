import { RuntapeError } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'
import { fieldsOf, type Served, servedAnswer } from '@runtape/provider'
import {
  captureOutput,
  loadedAnswer,
  missing,
  pendingUntilAborted,
  thrownAgain,
} from '@runtape/trace/provider'
import { awaitNextAttempt } from './attempts.ts'
import { signalIn } from './live.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import type { SdkCall } from './sdk-call.ts'

/** A call that is answered from the tape. */
export interface TapedAnswer {
  readonly served: Served
  readonly recorded: RecordedAnswer
}

/** The recorded answer, whole or its parts; rejects as the recorded call did, and where the tape has no answer. */
export async function answerFromTape(call: SdkCall, decision: Served, params: object): Promise<TapedAnswer> {
  const served = await loadedAnswer(decision)
  const recorded = readTape(call, served)
  const isLeft = served.isUnfinished === true || recorded.aborted === true
  if (isLeft && !recorded.chunks) await rejectWhenAborted(call, served, params)
  if ((served.error || served.thrown) && !recorded.chunks)
    await rejectAgain(call, { served, recorded }, params)
  return { served, recorded }
}

function readTape(call: SdkCall, served: Served): RecordedAnswer {
  try {
    const { error, thrown } = served
    if (!served.output && !error && !thrown && !served.isUnfinished) throw noAnswer
    return servedAnswer<RecordedAnswer>(served)
  } catch (error) {
    throw miss(call, served, error)
  }
}

const noAnswer = new RuntapeError(
  'replay-miss',
  'There is no answer of the model on the tape. Let this call run.',
)

/** A miss also where the code catches the error. */
export function miss(call: SdkCall, served: Served, error: unknown): unknown {
  missing(served, messageOf(error))
  call.end({ status: 'error', error })
  return error
}

/** The application aborted the call: it does so again, or the call stays pending. */
async function rejectWhenAborted(call: SdkCall, served: Served, params: object): Promise<never> {
  const signal = signalIn(params)
  const reason = await pendingUntilAborted(served, signal ? [signal] : [], () => call.span?.endUnfinished())
  call.end({ status: 'cancelled', output: limits => captureOutput({ aborted: true }, limits) })
  throw reason
}

/** Fails as often as the recorded attempts did, so that the SDK makes of it what it made of it then. */
async function rejectAgain(call: SdkCall, { served, recorded }: TapedAnswer, params: object): Promise<never> {
  const { failures = [] } = recorded
  const earlier = failures[call.attempts - 1]
  const error = thrownAgain(earlier ? { ...served, error: earlier } : served)
  const result = { status: 'error', error, output: () => served.output ?? captureOutput({}) } as const
  if (earlier) {
    awaitNextAttempt(call, params, result)
    retryAtOnce(error)
  } else {
    await served.ready?.()
    call.end(result)
  }
  throw error
}

/** The SDK reads how long to wait from the error as soon as it has it. */
function retryAtOnce(error: unknown): void {
  const failure = fieldsOf(error) as { responseHeaders?: Record<string, string> | undefined }
  const { responseHeaders } = failure
  if (Object.isFrozen(error)) return
  failure.responseHeaders = { ...responseHeaders, 'retry-after-ms': '0' }
  realTimers.setImmediate(() => {
    failure.responseHeaders = responseHeaders
  })
}
