import { HttpError } from '../http-error.ts'

/** A burst may take the share of this many seconds. */
const burstSeconds = 10

/** Limits the requests of each key: a bucket that fills with time. */
export class RateLimit {
  readonly #perSecond: number
  readonly #buckets = new Map<string, { left: number; at: number }>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** @throws {HttpError} 429 */
  take(key: string, now = performance.now()): void {
    const most = this.#perSecond * burstSeconds
    const { left, at } = this.#buckets.get(key) ?? { left: most, at: now }
    const filled = Math.min(most, left + ((now - at) / 1000) * this.#perSecond)
    this.#buckets.set(key, { left: Math.max(0, filled - 1), at: now })
    if (filled >= 1) return
    throw tooMany(`This key sends more than ${this.#perSecond} requests a second.`, 1 / this.#perSecond)
  }
}

/** @param waitSeconds until it may work */
export const tooMany = (reason: string, waitSeconds: number): HttpError =>
  new HttpError(429, 'too-many-requests', `${reason} Wait, then send it again.`, Math.ceil(waitSeconds))
