import type { Logger } from '@runtape/core'
import { monotonicNow, realTimers, warnSafely } from '@runtape/core/internal'

const mostNamed = 5

/** Reports items that have been running for long: a hanging item would otherwise block a replay silently. */
export class SlowItems {
  readonly #began = new Map<object, { readonly traceId: string; readonly at: number }>()
  readonly #logger: Logger
  #waitMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param afterMs first report; repeated each time the duration has doubled */
  constructor(logger: Logger, afterMs = 30_000) {
    this.#logger = logger
    this.#waitMs = afterMs
  }

  /** Watches an item until the returned function is called. */
  watch(traceId: string): () => void {
    const item = {}
    this.#began.set(item, { traceId, at: monotonicNow() })
    // Does not keep the process alive: an idle process is detected immediately.
    this.#timer ??= realTimers.setTimeout(() => this.#say(), this.#waitMs).unref()
    return () => {
      this.#began.delete(item)
      if (this.#began.size > 0) return
      realTimers.clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  #say(): void {
    const now = monotonicNow()
    const slow = [...this.#began.values()].filter(({ at }) => now - at >= this.#waitMs)
    this.#timer = undefined
    if (slow.length === 0) return this.#again(this.#waitMs)
    const named = slow.slice(0, mostNamed).map(({ traceId }) => traceId)
    const more = slow.length > mostNamed ? ` and ${slow.length - mostNamed} more` : ''
    const [what, has] = slow.length === 1 ? ['The replay of trace', 'has'] : ['The replays of traces', 'have']
    warnSafely(
      this.#logger,
      `${what} ${named.join(', ')}${more} ${has} not ended after ${this.#waitMs / 1000} s. Find out what the code waits for, or set a limit for each item: --timeout 1m (itemTimeoutMs).`,
    )
    this.#again(this.#waitMs)
    this.#waitMs *= 2
  }

  #again(ms: number): void {
    this.#timer = realTimers.setTimeout(() => this.#say(), ms).unref()
  }
}
