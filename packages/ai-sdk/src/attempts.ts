import { isDeepStrictEqual } from 'node:util'
import type { Payload } from '@runtape/core'
import { monotonicNow } from '@runtape/core/internal'
import { type CallResult, fieldsOf, LateEnd, ModelCall, nextAttemptOf } from '@runtape/provider'
import type { SpanDefinition } from '@runtape/trace'

/** A model call, with the AI SDK's attempts at it. */
export class SdkCall extends ModelCall {
  /** Errors of the previous attempts. */
  readonly failures: Payload[] = []
}

const firstBackOffMs = 2_000
const longestToldMs = 60_000
// Margin for other delays between two attempts, such as a busy event loop.
const marginMs = 2_000

/** A call whose last attempt failed and may be followed by another. */
class Waiting extends LateEnd<SdkCall> {
  readonly #params: object
  readonly #from: number

  constructor(call: SdkCall, params: object, result: CallResult) {
    const waitMs = backOffMs(call.attempts, result.error)
    super(call, result, waitMs + marginMs)
    this.#params = params
    this.#from = monotonicNow() + waitMs - 1
  }

  // Most attempts use the same prompt object; some are built again, but only after the delay.
  isFollowedBy(params: object): boolean {
    const { prompt } = fieldsOf(params)
    if (prompt !== undefined && prompt === fieldsOf(this.#params).prompt) return true
    return monotonicNow() >= this.#from && isDeepStrictEqual(asked(params), asked(this.#params))
  }
}

/** The latest time of the AI SDK's next attempt, if it makes one. */
function backOffMs(attempts: number, error: unknown): number {
  const { responseHeaders = fieldsOf(fieldsOf(error).cause).responseHeaders } = fieldsOf(error)
  const headers = fieldsOf(responseHeaders)
  const told = [headers['retry-after-ms'], Number(headers['retry-after']) * 1_000].map(Number)
  const backOff = firstBackOffMs * 2 ** (attempts - 1)
  return told.find(ms => ms >= 0 && (ms < longestToldMs || ms < backOff)) ?? backOff
}

function asked(params: object): object {
  const { abortSignal: _signal, headers: _headers, ...rest } = fieldsOf(params)
  return rest
}

/** The AI SDK's own rule for errors that it retries. */
export const isRetryable = (error: unknown): boolean => fieldsOf(error).isRetryable === true

/** Keeps the call open for the SDK's next attempt. Its run does not wait, and receives the failed attempt immediately. */
export function awaitNextAttempt(call: SdkCall, params: object, result: CallResult): void {
  new Waiting(call, params, result)
}

/** The call of which this is the next attempt, if it is one. */
export const joinAttempts = (definition: SpanDefinition, params: object): SdkCall | undefined =>
  nextAttemptOf<SdkCall, Waiting>(
    Waiting,
    late => late.call.details.definition === definition && late.isFollowedBy(params),
  )
