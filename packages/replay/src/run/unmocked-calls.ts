import type { Logger } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'

/** Calls declared `mockOnReplay` that ran for real because no mock option was given. */
export class UnmockedCalls {
  readonly #isWatched: boolean
  readonly #logger: Logger
  readonly #keys = new Set<string>()

  constructor(isWatched: boolean, logger: Logger) {
    this.#isWatched = isWatched
    this.#logger = logger
  }

  /** Call for each call that runs. */
  add({ key, mockOnReplay }: { readonly key: string; readonly mockOnReplay: boolean }): void {
    if (mockOnReplay && this.#isWatched) this.#keys.add(key)
  }

  /** Warns about them, once. */
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
