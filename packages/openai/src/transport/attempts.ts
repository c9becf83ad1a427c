import { currentFrame, realTimers } from '@runtape/core/internal'
import type { CallResult, ModelCall } from '../call/model-call.ts'
import type { ModelRequest } from './model-request.ts'

/** A call whose last attempt failed and whose next one may come. */
class Waiting {
  readonly call: ModelCall
  readonly #ending: CallResult
  readonly #durationMs: number
  readonly #timer: NodeJS.Timeout

  constructor(call: ModelCall, ending: CallResult, waitMs: number) {
    this.call = call
    this.#ending = ending
    this.#durationMs = call.elapsed()
    this.#timer = realTimers.setTimeout(() => this.giveUp(), waitMs)
    this.#timer.unref()
  }

  /** Its key was refused: the attempt with a fresh one may have the same count. */
  get isRefused(): boolean {
    return this.#ending.recorded.status === 401
  }

  /** No attempt came: the call ended when its last one failed. */
  giveUp(): void {
    if (this.leave()) this.call.end(this.#ending, this.#durationMs)
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
export function awaitNextAttempt(call: ModelCall, ending: CallResult, waitMs: number): void {
  call.endAttempt(ending)
  waiting.add(new Waiting(call, ending, waitMs))
  watchExit()
}

/** The call of which this request is the next attempt, if it is one. */
export function joinAttempts(request: ModelRequest): ModelCall | undefined {
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
