import type { Payload } from '@runtape/core'
import { mayHoldSecret, redactText } from '../redaction/secret-texts.ts'
import { beginCapturing, endCapturing } from './capturing.ts'
import { Encoder } from './encoder.ts'
import type { CaptureLimits } from './limits.ts'
import type { Place } from './notes.ts'
import { Notes } from './notes.ts'
import { leftOut, payloadOf } from './payload.ts'

const root: Place = { parent: undefined, key: '', depth: 0 }
const inChunks: Place = { parent: root, key: 'chunks', depth: 1 }

// Number of chunks written together: few enough to be quick, and enough to be worth the call.
const batchSize = 32

/** Captures a stream as `{ chunks, returned }`: each chunk as it is when it passes. */
export class StreamEncoder {
  readonly #limits: CaptureLimits
  readonly #notes: Notes
  readonly #encoder: Encoder
  /** Chunks that are not written yet. */
  #batch: unknown[] = []
  #written = 0
  #text = ''
  #failed: unknown
  /** All string chunks together: a secret may be split across several. */
  #spoken = ''

  constructor(limits: CaptureLimits) {
    this.#limits = limits
    this.#notes = new Notes(limits.maxPayloadBytes)
    this.#encoder = new Encoder(limits, this.#notes)
  }

  /** Number of added chunks. */
  get count(): number {
    return this.#written + this.#batch.length
  }

  /** Never throws. */
  add(chunk: unknown): void {
    if (this.#failed !== undefined || this.#limits.keepsOutput === false) return
    const batch = this.#batch
    beginCapturing()
    try {
      this.#encoder.forget()
      if (typeof chunk === 'string') this.#spoken += chunk
      batch.push(this.#encoder.walk(chunk, inChunks, this.#written + batch.length))
      if (batch.length === batchSize) this.#write()
    } catch (error) {
      this.#failed = error
      this.#batch = []
      this.#text = ''
    } finally {
      endCapturing()
    }
  }

  finish(returned: unknown): Payload {
    if (this.#limits.keepsOutput === false) return leftOut
    return payloadOf(this.#notes, this.#limits, () => {
      if (this.#failed !== undefined) throw this.#failed
      this.#write()
      this.#encoder.forget()
      if (mayHoldSecret(this.#spoken)) this.#redactSpread()
      const last = JSON.stringify(this.#encoder.walk(returned, root, 'returned'))
      return `{"chunks":[${this.#text}],"returned":${last}}`
    })
  }

  /** If chunks contain a secret only together, the redacted text is in the first one. */
  #redactSpread(): void {
    const chunks: unknown[] = JSON.parse(`[${this.#text}]`)
    const spoken = chunks.filter(chunk => typeof chunk === 'string').join('')
    const kept = redactText(spoken, this.#limits)
    if (kept === spoken) return
    const first = chunks.findIndex(chunk => typeof chunk === 'string')
    const placed = chunks.map((chunk, at) => (typeof chunk !== 'string' ? chunk : at === first ? kept : ''))
    this.#text = JSON.stringify(placed).slice(1, -1)
    this.#notes.redact(inChunks, first)
  }

  #write(): void {
    if (this.#batch.length === 0) return
    const text = JSON.stringify(this.#batch).slice(1, -1)
    this.#text = this.#written === 0 ? text : `${this.#text},${text}`
    this.#written += this.#batch.length
    this.#batch = []
  }
}
