import { Readable } from 'node:stream'
import { RuntapeError } from '@runtape/core'
import { notReadOn, pendingUntilAborted, type Served, servedAnswer, thrownAgain } from '@runtape/provider'
import type { HttpResponse } from '../smithy.ts'
import { bodyBytes, chunksOf, type RecordedAnswer } from './recorded-answer.ts'

/**
 * The recorded answer to a call.
 *
 * @throws the error that the application received when it was recorded, or a `RuntapeError` if the tape cannot answer the call.
 */
export function recordedAnswer(served: Served): RecordedAnswer {
  const { error, thrown } = served
  const recorded = servedAnswer<RecordedAnswer>(served)
  if (recorded.status !== undefined) return recorded
  if (error || thrown) throw thrownAgain(served)
  if (recorded.failure !== undefined) throw recorded.failure
  throw new RuntapeError(
    'replay-miss',
    'The tape has no model answer for this call: none arrived, or none was visible at the HTTP layer. Let this call run.',
  )
}

export type Signal = Partial<AbortSignal> | undefined

/** See `pendingUntilAborted`; the SDK also accepts signals of other platforms. */
export async function untilAborted(served: Served, signal: Signal, end?: () => void): Promise<void> {
  await pendingUntilAborted(served, signal instanceof AbortSignal ? [signal] : [], end)
}

/** A response like the recorded one, for the SDK to deserialize. */
export function responseFromTape(recorded: RecordedAnswer, served: Served, signal: Signal): HttpResponse {
  const { status = 200, headers = {}, chunks } = recorded
  const body = chunks
    ? Readable.from(events(recorded, served, signal), { highWaterMark: 1 })
    : bodyBytes(recorded)
  return { statusCode: status, headers: { ...headers }, body }
}

async function* events(recorded: RecordedAnswer, served: Served, signal: Signal) {
  const { failure } = recorded
  const { complete, ready } = served
  yield* chunksOf(recorded)
  // The application aborted it in the middle.
  if (failure !== undefined && !complete && signal) await untilAborted(served, signal)
  // Calls of a replay end in their recorded order.
  await ready?.()
  if (failure !== undefined) throw failure
  if (complete) return
  throw notReadOn(served)
}

/** Facts that the SDK's retries added to the answer or the error when it was recorded. */
export function restoreAttempts(holder: unknown, { attempts, totalRetryDelay }: RecordedAnswer): void {
  if (attempts === undefined || typeof holder !== 'object' || holder === null) return
  const answer = holder as { $metadata?: Record<string, unknown> }
  answer.$metadata ??= {}
  Object.assign(answer.$metadata, { attempts, ...(totalRetryDelay !== undefined && { totalRetryDelay }) })
}
