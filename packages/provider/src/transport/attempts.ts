import type { CallResult } from '../call/call-result.ts'
import { LateEnd, nextAttemptOf } from '../call/late-end.ts'
import type { HttpCall } from './http-call.ts'
import type { ModelRequest } from './model-request.ts'
import { isCounted } from './sdk-retry.ts'

/** What is known of a possible next attempt. */
interface NextAttempt {
  /** How long to wait for it, in milliseconds. */
  readonly waitMs: number
  /** The last attempt's API key was refused. Default: false. */
  readonly isRefused?: boolean
}

/** A call whose last attempt failed and may be followed by another. */
class Waiting extends LateEnd<HttpCall> {
  /** The API key was refused. The attempt with a new key may have the same count. */
  readonly isRefused: boolean

  constructor(call: HttpCall, result: CallResult, { waitMs, isRefused = false }: NextAttempt) {
    super(call, result, waitMs)
    this.isRefused = isRefused
  }
}

/**
 * Keeps the call open for the SDK's next attempt. Its run does not wait, and receives the failed attempt immediately.
 */
export function awaitNextAttempt(call: HttpCall, result: CallResult, next: NextAttempt): void {
  new Waiting(call, result, next)
}

/** The call that this request retries, if any. */
export function joinAttempts(request: ModelRequest): HttpCall | undefined {
  if (!isCounted(request) && !request.retry) return undefined
  return nextAttemptOf<HttpCall, Waiting>(Waiting, late => isNextOf(request, late))
}

function isNextOf(request: ModelRequest, { call, isRefused }: Waiting): boolean {
  if (request.retry) return request.retry === call.request.retry
  const { retryCount: before = 0 } = call.request
  const isCountedOn = request.retryCount === before + 1
  return (isCountedOn || (isRefused && request.retryCount === before)) && request.isLike(call.request)
}
