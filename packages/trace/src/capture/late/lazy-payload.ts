import type { Payload } from '@runtape/core'
import { realTimers } from '@runtape/core/internal'

/** The payload of a value that is captured but not yet serialised: later changes of the value do not affect it. */
export class LazyPayload {
  #write: (() => Payload) | undefined
  #payload: Payload | undefined

  constructor(write: () => Payload) {
    this.#write = write
    // The captured form takes more memory than its text, so it does not wait for the end of the call.
    realTimers.setImmediate(() => this.get())
  }

  /** Serialises it, if not done yet. */
  get(): Payload {
    this.#payload ??= this.#write?.() as Payload
    this.#write = undefined
    return this.#payload
  }
}
