import type { CallResult } from '../call/call-result.ts'
import { LateEnd, nextAttemptOf } from '../call/late-end.ts'
import type { HttpCall } from './http-call.ts'
import type { ModelRequest } from './model-request.ts'
import { isCounted } from './sdk-retry.ts'

/** What is known of an attempt that may come. */
interface NextAttempt {
  /** How long it may take to come, in milliseconds. */
  readonly waitMs: number
  /** The key of the last one was refused. Default: false. */
  readonly isRefused?: boolean
}

/** A call whose last attempt failed and may be followed by another. */
class Waiting extends LateEnd<HttpCall> {
  /** Its key was refused: the attempt with a fresh one may have the same count. */
  readonly isRefused: boolean

  constructor(call: HttpCall, result: CallResult, { waitMs, isRefused = false }: NextAttempt) {
    super(call, result, waitMs)
    this.isRefused = isRefused
  }
}

/** Keeps the call open for the SDK's next attempt. Its run does not wait, and receives the failed attempt immediately. */
export function awaitNextAttempt(call: HttpCall, result: CallResult, next: NextAttempt): void {
  new Waiting(call, result, next)
}

/** The call of which this request is the next attempt, if it is one. */
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
