import type { LiveCall } from './live-call.ts'

/** Equal live calls whose cost is unknown. */
export interface UnpricedCalls {
  readonly key: string
  readonly model?: string
  readonly reason: string
  readonly calls: number
}

/** Counts equal calls without a price. */
export class UnpricedTally {
  readonly #calls = new Map<string, UnpricedCalls>()

  add({ key, model, reason = '' }: LiveCall): void {
    const like = JSON.stringify([key, model, reason])
    const calls = (this.#calls.get(like)?.calls ?? 0) + 1
    this.#calls.set(like, { key, ...(model !== undefined && { model }), reason, calls })
  }

  remove({ key, model, reason = '' }: LiveCall): void {
    const like = JSON.stringify([key, model, reason])
    const known = this.#calls.get(like)
    if (known && known.calls > 1) this.#calls.set(like, { ...known, calls: known.calls - 1 })
    else this.#calls.delete(like)
  }

  result(): UnpricedCalls[] {
    return [...this.#calls.values()]
  }
}
