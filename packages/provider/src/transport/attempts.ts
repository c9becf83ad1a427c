import { currentFrame, realTimers } from '@runtape/core/internal'
import type { CallResult } from '../call/call-result.ts'
import type { HttpCall } from './http-call.ts'
import type { ModelRequest } from './model-request.ts'

/** What is known of an attempt that may come. */
interface NextAttempt {
  /** How long it may take to come, in milliseconds. */
  readonly waitMs: number
  /** The key of the last one was refused. Default: false. */
  readonly isRefused?: boolean
}

/** A call whose last attempt failed and whose next one may come. */
class Waiting {
  readonly call: HttpCall
  readonly #result: CallResult
  /** Its key was refused: the attempt with a fresh one may have the same count. */
  readonly isRefused: boolean
  readonly #timer: NodeJS.Timeout

  constructor(call: HttpCall, result: CallResult, { waitMs, isRefused = false }: NextAttempt) {
    this.call = call
    this.#result = { ...result, durationMs: call.elapsed() }
    this.isRefused = isRefused
    this.#timer = realTimers.setTimeout(() => this.giveUp(), waitMs)
    this.#timer.unref()
  }

  /** No attempt came: the call ended when its last one failed. */
  giveUp(): void {
    if (this.leave()) this.call.end(this.#result)
  }

  /** False when it was not waiting any more. */
  leave(): boolean {
    realTimers.clearTimeout(this.#timer)
    return waiting.delete(this)
  }
}

const waiting = new Set<Waiting>()
let watchesExit = false

/** Keeps the call open for the SDK's next attempt. Its run does not wait, and gets the failed attempt at once. */
export function awaitNextAttempt(call: HttpCall, result: CallResult, next: NextAttempt): void {
  call.endAttempt(result)
  waiting.add(new Waiting(call, result, next))
  watchExit()
}

/** The call of which this request is the next attempt, if it is one. */
export function joinAttempts(request: ModelRequest): HttpCall | undefined {
  if (request.retryCount === undefined || waiting.size === 0) return undefined
  const frame = currentFrame()
  for (const candidate of waiting) {
    const { call } = candidate
    if (call.outer !== frame || !isNextOf(request, candidate)) continue
    candidate.leave()
    return call
  }
  return undefined
}

function isNextOf(request: ModelRequest, { call, isRefused }: Waiting): boolean {
  const { retryCount: before = 0 } = call.request
  const isCountedOn = request.retryCount === before + 1
  return (isCountedOn || (isRefused && request.retryCount === before)) && request.isLike(call.request)
}

// Ahead of all others, so that a recorder's own hook finds these spans when it flushes.
function watchExit(): void {
  if (watchesExit) return
  watchesExit = true
  process.prependListener('beforeExit', endWaiting)
  process.prependListener('exit', endWaiting)
}

function endWaiting(): void {
  for (const call of waiting) call.giveUp()
}
