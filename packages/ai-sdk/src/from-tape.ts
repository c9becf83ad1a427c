import { RuntapeError } from '@runtape/core'
import { messageOf, realTimers } from '@runtape/core/internal'
import { fieldsOf, notReplayable, orMock, type Served, servedAnswer } from '@runtape/provider'
import { captureOutput, loadedAnswer, lostForGood, missing, thrownAgain } from '@runtape/trace/provider'
import { awaitNextAttempt, type SdkCall } from './attempts.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { isStreamed } from './sdk-call.ts'
import { streamFromTape, type Taped, untilAborted } from './stream-from-tape.ts'

/** The recorded answer; rejects like the recorded call, or if the tape has no answer. `undefined` if the model must be called. */
export async function answerFromTape(call: SdkCall, params: object): Promise<object | undefined> {
  const { decision } = call
  if (decision.action === 'run') return undefined
  if (decision.action === 'fail') throw ended(call, decision.error)
  const served = await loadedAnswer(decision)
  const recorded = readTape(call, served)
  const taped = { call, params, served, recorded }
  if (isStreamed(call) && recorded.chunks) return streamFromTape(taped)
  if (served.isUnfinished || recorded.aborted) await rejectWhenAborted(taped)
  if (served.error || served.thrown) await rejectAgain(taped)
  await served.ready?.()
  return recorded
}

function readTape(call: SdkCall, served: Served): RecordedAnswer {
  try {
    const recorded = servedAnswer<RecordedAnswer>(served)
    const { output, error, thrown, isUnfinished } = served
    const [lost] = output ? lostForGood(output) : []
    if (lost !== undefined)
      throw notReplayable(`The recorded answer contains values that cannot be kept (${lost}). ${orMock}`)
    const hasEnd = error || thrown || isUnfinished || recorded.aborted
    if (!hasEnd && !(isStreamed(call) ? recorded.chunks : output)) throw noAnswer
    return recorded
  } catch (error) {
    // A miss even if the code catches the error.
    missing(served, messageOf(error))
    throw ended(call, error)
  }
}

const noAnswer = new RuntapeError('replay-miss', `The tape has no such model answer. ${orMock}`)

function ended(call: SdkCall, error: unknown): unknown {
  call.end({ status: 'error', error })
  return error
}

/** The application aborted the call: it does so again, or the call stays pending. */
async function rejectWhenAborted(taped: Taped): Promise<never> {
  const reason = await untilAborted(taped)
  taped.call.end({ status: 'cancelled', output: limits => captureOutput({ aborted: true }, limits) })
  throw reason
}

/** Fails as often as the recorded attempts, so that the SDK reacts in the same way. */
async function rejectAgain({ call, params, served, recorded }: Taped): Promise<never> {
  const earlier = recorded.failures?.[call.attempts - 1]
  const error = thrownAgain(earlier ? { ...served, error: earlier } : served)
  const result = { status: 'error', error, output: () => served.output ?? captureOutput({}) } as const
  if (earlier) {
    retryAtOnce(error)
    awaitNextAttempt(call, params, result)
  } else {
    await served.ready?.()
    call.end(result)
  }
  throw error
}

/** The SDK reads the retry delay from the error as soon as it has it. */
function retryAtOnce(error: unknown): void {
  const failure = fieldsOf(error) as { responseHeaders?: Record<string, string> | undefined }
  const { responseHeaders } = failure
  if (Object.isFrozen(error)) return
  failure.responseHeaders = { ...responseHeaders, 'retry-after-ms': '0' }
  realTimers.setImmediate(() => {
    failure.responseHeaders = responseHeaders
  })
}
