/**
 * Connects the application's abort signal to the request, so that the rest of a stream can be read for a moment after
 * the application has stopped. Aborts pass immediately unless they are held back.
 */
export class AbortLink {
  readonly #outer: AbortSignal
  readonly #inner = new AbortController()
  /** Called when the application aborts. If it returns true, the host is aborted only by `release`. */
  holds: (() => boolean) | undefined

  constructor(outer: AbortSignal) {
    this.#outer = outer
    if (outer.aborted) this.#inner.abort(outer.reason)
    else outer.addEventListener('abort', this.#aborted)
  }

  /** The signal for the request. */
  get signal(): AbortSignal {
    return this.#inner.signal
  }

  /** Passes on an abort that was held back, and stops following the application's signal. */
  release(): void {
    this.#outer.removeEventListener('abort', this.#aborted)
    this.holds = undefined
    if (this.#outer.aborted) this.#inner.abort(this.#outer.reason)
  }

  readonly #aborted = (): void => {
    if (!this.holds?.()) this.#inner.abort(this.#outer.reason)
  }
}
