import type { LiveCall } from './live-call.ts'

/** Calls that outlive their items and have not ended. */
export class InFlight {
  readonly #awaited = new Map<string, LiveCall>()
  /** They may still end, but nothing waits for them any more. */
  readonly #givenUp = new Map<string, LiveCall>()
  #empty = Promise.withResolvers<void>()

  get isEmpty(): boolean {
    return this.#awaited.size === 0
  }

  add(spanId: string, call: LiveCall): void {
    if (this.isEmpty) this.#empty = Promise.withResolvers()
    this.#awaited.set(spanId, call)
  }

  /** Removes and returns the earlier report of this call, if there is one. */
  take({ spanId = '' }: LiveCall): LiveCall | undefined {
    const call = this.#awaited.get(spanId) ?? this.#givenUp.get(spanId)
    this.#givenUp.delete(spanId)
    if (this.#awaited.delete(spanId) && this.isEmpty) this.#empty.resolve()
    return call
  }

  /** Resolves when all of them have ended. */
  async whenEmpty(): Promise<void> {
    if (!this.isEmpty) await this.#empty.promise
  }

  /** No longer waits for this call, or for all of them. Returns whether there were any. */
  giveUp(only?: string): boolean {
    const given = [...this.#awaited].filter(([spanId]) => only === undefined || spanId === only)
    for (const [spanId, call] of given) {
      this.#awaited.delete(spanId)
      this.#givenUp.set(spanId, call)
    }
    if (given.length > 0 && this.isEmpty) this.#empty.resolve()
    return given.length > 0
  }
}
