import { realTimers } from '@runtape/core/internal'
import { isLostConnection, isOfSession, NoAnswer } from './errors.ts'
import type { PgClient } from './pool.ts'

/**
 * A connection on which a statement waits for its answer for a limited time. After that, the connection counts as lost: the
 * server, or the way to it, may be gone without a word.
 */
export class BoundedClient {
  readonly #client: PgClient
  readonly #onError = (error: Error) => this.giveUp(error)
  readonly #stopped: Promise<never>
  #stop: (error: Error) => void = () => {}
  #lost: Error | undefined

  constructor(client: PgClient) {
    this.#client = client
    this.#stopped = new Promise((_, reject) => {
      this.#stop = reject
    })
    // It may end while nothing waits.
    this.#stopped.catch(() => {})
    // Without a listener, a connection that ends between two queries would end the process.
    client.on('error', this.#onError)
  }

  /** Why nothing more can be sent. */
  get lost(): Error | undefined {
    return this.#lost
  }

  /** @param timeoutMs `undefined`: waits as long as the connection lives */
  async query(
    query: Parameters<PgClient['query']>[0],
    timeoutMs: number | undefined,
  ): ReturnType<PgClient['query']> {
    if (this.#lost) throw this.#lost
    const timer =
      timeoutMs === undefined
        ? undefined
        : realTimers.setTimeout(() => this.giveUp(new NoAnswer(timeoutMs)), timeoutMs)
    try {
      return await Promise.race([this.#client.query(query), this.#stopped])
    } catch (error) {
      if (isLostConnection(error) || isOfSession(error)) this.giveUp(error as Error)
      // What ended the connection says more than that it has ended.
      throw isLostConnection(error) ? this.#lost : error
    } finally {
      realTimers.clearTimeout(timer)
    }
  }

  /** Ends the wait for an answer. The connection is not used any more. */
  giveUp(error: Error): void {
    this.#lost ??= error
    this.#stop(this.#lost)
  }

  release(): void {
    this.#client.off('error', this.#onError)
    this.#client.release(this.#lost)
  }
}
