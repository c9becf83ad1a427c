import { tooMany } from '../access/rate.ts'
import { HttpError } from '../http-error.ts'

/** Lets a number of requests through at a time, and ends when all have been answered. */
export class Gate {
  readonly #most: number
  readonly #requestMs: number
  #inside = 0
  #isClosed = false
  #whenEmpty: (() => void) | undefined

  constructor(most: number, requestMs: number) {
    this.#most = most
    this.#requestMs = requestMs
  }

  /** @throws {HttpError} 429 if too many are inside, 503 after `close`, 504 after the time for a request */
  async pass(work: () => Promise<Response>): Promise<Response> {
    if (this.#isClosed) throw new HttpError(503, 'closing', 'The server is shutting down. Send it again.', 1)
    if (this.#inside >= this.#most) throw tooMany('The server works on as many requests as it may.', 1)
    this.#inside++
    try {
      return await this.#inTime(work())
    } finally {
      this.#inside--
      if (this.#inside === 0) this.#whenEmpty?.()
    }
  }

  async #inTime(work: Promise<Response>): Promise<Response> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new HttpError(
        504,
        'too-slow',
        `The request took more than ${this.#requestMs} ms. What it wrote may be there or not; narrow it, or try again.`,
        1,
      )
      timer = setTimeout(reject, this.#requestMs, error)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#inside > 0)
      await new Promise<void>(resolve => {
        this.#whenEmpty = resolve
      })
  }
}
