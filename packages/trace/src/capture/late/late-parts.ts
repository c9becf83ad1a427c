import type { Payload } from '@runtape/core'
import type { LateBytes } from './late-bytes.ts'

/** Loss note of a missing part: a replay matches calls before it arrives. */
const notReadYet = 'its bytes have not been read yet'

/** A part of a captured value whose bytes are still missing. */
export class LatePart {
  /** Its current loss note. */
  lost: string | undefined = notReadYet
  readonly path: string
  readonly settled: Promise<void>
  readonly #bytes: LateBytes
  readonly #put: (bytes: Uint8Array) => string | undefined

  /** @param put inserts the bytes, or returns why not */
  constructor(path: string, bytes: LateBytes, put: (bytes: Uint8Array) => string | undefined) {
    this.path = path
    this.#bytes = bytes
    this.#put = put
    this.settled = bytes.settled
  }

  get isSettled(): boolean {
    return this.#bytes.result !== undefined
  }

  /** Takes what has arrived so far. */
  finish(): void {
    if (this.lost !== notReadYet) return
    const { result = 'its bytes did not arrive before the process ended' } = this.#bytes
    this.lost = typeof result === 'string' ? result : this.#put(result)
  }
}

/** A payload with late parts. */
interface LatePayload {
  readonly parts: readonly LatePart[]
  readonly write: () => Payload
  whole?: Payload
}

const payloads = new WeakMap<Payload, LatePayload>()
let hasAny = false

/** Registers the payload to be written again by `write` when its parts have arrived. */
export function expectParts(payload: Payload, parts: readonly LatePart[], write: () => Payload): void {
  payloads.set(payload, { parts, write })
  hasAny = true
}

/** Whether parts of it were missing when it was captured. */
export const isLate = (payload: Payload | undefined): boolean =>
  // Most processes never have one.
  hasAny && payload !== undefined && payloads.has(payload)

/** The missing parts of these payloads. */
export function latePartsOf(...of: readonly (Payload | undefined)[]): readonly LatePart[] {
  const parts = of.flatMap(payload => (payload && payloads.get(payload)?.parts) ?? [])
  return parts.filter(part => !part.isSettled)
}

/** The payload with the parts that have arrived. */
export function wholePayload(payload: Payload): Payload {
  const late = payloads.get(payload)
  if (!late) return payload
  if (!late.whole) {
    for (const part of late.parts) part.finish()
    late.whole = late.write()
  }
  return late.whole
}
