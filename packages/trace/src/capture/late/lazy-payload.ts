import type { Payload } from '@runtape/core'
import { realTimers } from '@runtape/core/internal'

/** The payload of a value that is captured and not yet written: nothing that happens to the value changes it. */
export class LazyPayload {
  #write: (() => Payload) | undefined
  #payload: Payload | undefined

  constructor(write: () => Payload) {
    this.#write = write
    // What is captured takes more memory than its text, so it does not wait for the end of the call.
    realTimers.setImmediate(() => this.get())
  }

  /** Writes it, if that has not been done. */
  get(): Payload {
    this.#payload ??= this.#write?.() as Payload
    this.#write = undefined
    return this.#payload
  }
}
