import { messageOf, monotonicNow } from '@runtape/core/internal'
import type { RecorderLimits } from '../limits.ts'
import { backoffMs } from './backoff.ts'

/** This many equal failures in a row suggest that one of the records is the cause. */
const suspicious = 3

/** Whether a server refused a request because there are too many (HTTP 429). */
export const isBusy = (error: unknown): boolean =>
  ((error ?? {}) as { readonly status?: unknown }).status === 429

/** Decides when to retry a failing store. */
export class Patience {
  readonly #limits: Pick<RecorderLimits, 'retryBaseMs' | 'retryMaxMs'>
  #askedToWaitMs = 0
  #notAskedBefore = 0
  #inARow = { message: '', failures: 0 }

  constructor(limits: Pick<RecorderLimits, 'retryBaseMs' | 'retryMaxMs'>) {
    this.#limits = limits
  }

  succeeded(): void {
    this.#notAskedBefore = 0
  }

  failed(error: unknown): void {
    const { retryAfterMs } = (error ?? {}) as { readonly retryAfterMs?: unknown }
    const isTime = typeof retryAfterMs === 'number' && retryAfterMs > 0
    this.#askedToWaitMs = isTime ? Math.min(retryAfterMs, this.#limits.retryMaxMs) : 0
  }

  /** A batch failed, and is queued again. */
  batchFailed(error: unknown): void {
    const message = messageOf(error)
    const { message: last, failures } = this.#inARow
    // A busy server refuses whatever is sent: single records would only be more requests.
    if (!isBusy(error)) this.#inARow = { message, failures: message === last ? failures + 1 : 1 }
    this.failed(error)
  }

  batchWritten(): void {
    this.#inARow = { message: '', failures: 0 }
  }

  /** Whether the batch has failed repeatedly in the same way. */
  get isSuspicious(): boolean {
    return this.#inARow.failures >= suspicious
  }

  waitMs(failures: number): number {
    return Math.max(
      this.#askedToWaitMs,
      backoffMs(failures, this.#limits.retryBaseMs, this.#limits.retryMaxMs),
    )
  }

  /** Whether a write that the application waits for may be tried. */
  mayAsk(now: number): boolean {
    return now >= this.#notAskedBefore
  }

  /**
   * The store failed after the application had waited for it. A locked database fails only after its busy timeout: limiting such
   * waits to a tenth of the time is enough. It is tried earlier after a successful retry.
   */
  keptWaiting(since: number): void {
    const now = monotonicNow()
    const heldUp = now - since
    this.#notAskedBefore = heldUp < 100 ? 0 : now + 9 * heldUp
  }
}
