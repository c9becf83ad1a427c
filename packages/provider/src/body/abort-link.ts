/**
 * Stands between the application's signal and the host, so that a stream can be read on for a moment after the
 * application has left it. An abort goes through at once, unless it is held back.
 */
export class AbortLink {
  readonly #outer: AbortSignal
  readonly #inner = new AbortController()
  /** Asked when the application aborts: whether the host is to be told only by `release`. */
  holds: (() => boolean) | undefined

  constructor(outer: AbortSignal) {
    this.#outer = outer
    if (outer.aborted) this.#inner.abort(outer.reason)
    else outer.addEventListener('abort', this.#aborted)
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.#inner.signal
  }

  /** Aborts what was held back, and follows no longer. */
  release(): void {
    this.#outer.removeEventListener('abort', this.#aborted)
    this.holds = undefined
    if (this.#outer.aborted) this.#inner.abort(this.#outer.reason)
  }

  readonly #aborted = (): void => {
    if (!this.holds?.()) this.#inner.abort(this.#outer.reason)
  }
}
