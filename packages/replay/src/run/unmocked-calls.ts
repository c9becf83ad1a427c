import type { Logger } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'

/** Calls declared `mockOnReplay` that ran for real because nothing was said about mocks. */
export class UnmockedCalls {
  readonly #isWatched: boolean
  readonly #logger: Logger
  readonly #keys = new Set<string>()

  constructor(isWatched: boolean, logger: Logger) {
    this.#isWatched = isWatched
    this.#logger = logger
  }

  /** To be told of each call that runs. */
  add({ key, mockOnReplay }: { readonly key: string; readonly mockOnReplay: boolean }): void {
    if (mockOnReplay && this.#isWatched) this.#keys.add(key)
  }

  /** Names them, once. */
  warn(): void {
    if (this.#keys.size === 0) return
    const keys = [...this.#keys].map(key => `'${key}'`).join(', ')
    warnSafely(
      this.#logger,
      `Calls declared mockOnReplay ran for real in this replay, because no mock option was given: ${keys}. ` +
        "Pass mock: 'marked' to answer them from the tape, or mock: 'none' to run them without this warning.",
    )
  }
}
