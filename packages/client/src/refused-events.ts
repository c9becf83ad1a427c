import type { Sink, TapeRecord } from '@runtape/core'
import { identityOf } from '@runtape/core/internal'

const maxRemembered = 10_000

/** Which sinks do not have a run event that others have. Spans are not sent again, so they are not remembered. */
export class RefusedEvents {
  readonly #sinks = new Map<string, readonly Sink[]>()

  /** The sinks that refused the event when it came before; forgotten from now on. */
  take(record: TapeRecord): readonly Sink[] | undefined {
    if (this.#sinks.size === 0) return undefined
    const key = JSON.stringify(identityOf(record))
    const sinks = this.#sinks.get(key)
    this.#sinks.delete(key)
    return sinks
  }

  put(record: TapeRecord, sinks: readonly Sink[]): void {
    if (record.kind === 'span') return
    this.#sinks.set(JSON.stringify(identityOf(record)), sinks)
    const [oldest] = this.#sinks.keys()
    if (this.#sinks.size > maxRemembered && oldest !== undefined) this.#sinks.delete(oldest)
  }
}
