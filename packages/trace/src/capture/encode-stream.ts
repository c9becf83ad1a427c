import type { Payload } from '@runtape/core'
import { leftOut } from './capture-call.ts'
import { payloadOf } from './encode.ts'
import { Encoder } from './encoder.ts'
import type { CaptureLimits } from './limits.ts'
import { Notes } from './notes.ts'
import type { Place } from './place.ts'

const root: Place = { parent: undefined, key: '', depth: 0 }
const inChunks: Place = { parent: root, key: 'chunks', depth: 1 }

/** Captures a stream as `{ chunks, returned }`: each chunk as it is when it passes. */
export class StreamEncoder {
  readonly #limits: CaptureLimits
  readonly #notes: Notes
  readonly #encoder: Encoder
  #chunks: unknown[] = []
  #failed: unknown

  constructor(limits: CaptureLimits) {
    this.#limits = limits
    this.#notes = new Notes(limits.maxPayloadBytes)
    this.#encoder = new Encoder(limits, this.#notes)
  }

  /** Never throws. */
  add(chunk: unknown): void {
    if (this.#failed !== undefined || this.#limits.keepsOutput === false) return
    try {
      this.#encoder.forget()
      this.#chunks.push(this.#encoder.walk(chunk, inChunks, this.#chunks.length))
    } catch (error) {
      this.#failed = error
      this.#chunks = []
    }
  }

  finish(returned: unknown): Payload {
    if (this.#limits.keepsOutput === false) return leftOut
    return payloadOf(this.#notes, this.#limits, () => {
      if (this.#failed !== undefined) throw this.#failed
      this.#encoder.forget()
      return { chunks: this.#chunks, returned: this.#encoder.walk(returned, root, 'returned') }
    })
  }
}
