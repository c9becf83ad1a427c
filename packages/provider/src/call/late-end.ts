import type { Sink } from '@runtape/core'
import { beforeLastFlush, currentFrame, realTimers } from '@runtape/core/internal'
import type { CallResult } from './call-result.ts'
import type { ModelCall } from './model-call.ts'

/**
 * A call whose last attempt failed and that may have another. Its run receives the failed attempt at once. If no other
 * attempt comes, its span ends as that attempt did, at the position where it ended.
 */
export class LateEnd<Call extends ModelCall = ModelCall> {
  readonly call: Call
  readonly #result: CallResult
  readonly #timer: NodeJS.Timeout

  /** @param waitMs how long to wait for the next attempt */
  constructor(call: Call, result: CallResult, waitMs: number) {
    call.endAttempt(result)
    this.call = call
    this.#result = { ...result, durationMs: call.elapsed(), endOrder: call.span?.order?.next() }
    this.#timer = realTimers.setTimeout(() => this.giveUp(), waitMs)
    this.#timer.unref()
    waiting.add(this)
    watchExit()
  }

  /** No further attempt came. */
  giveUp(): void {
    if (this.leave()) this.call.end(this.#result)
  }

  /** The next attempt came. Returns false if the call has already been given up. */
  leave(): boolean {
    realTimers.clearTimeout(this.#timer)
    return waiting.delete(this)
  }
}

/** The call that the running code retries: the first of this kind in its frame that fits. */
export function nextAttemptOf<Call extends ModelCall, Late extends LateEnd<Call>>(
  kind: abstract new (...args: never[]) => Late,
  fits: (late: Late) => boolean,
): Call | undefined {
  if (waiting.size === 0) return undefined
  const frame = currentFrame()
  for (const late of waiting) {
    if (late.call.outer !== frame || !(late instanceof kind) || !fits(late)) continue
    late.leave()
    return late.call
  }
  return undefined
}

const waiting = new Set<LateEnd>()
let watchesExit = false

// Prepended, so that a recorder's own hook finds these spans when it flushes.
function watchExit(): void {
  if (watchesExit) return
  watchesExit = true
  process.prependListener('beforeExit', () => endWaiting())
  process.prependListener('exit', () => endWaiting())
}

/** @param closing ends only the calls that go to this sink */
function endWaiting(closing?: Sink): void {
  for (const late of waiting) if (!closing || late.call.span?.tracing.sink === closing) late.giveUp()
}

// On import, so that it runs before the hook that ends all open spans.
beforeLastFlush(endWaiting)
