import { hash, randomBytes } from 'node:crypto'
import type { SpanRecord } from '@runtape/core'
import { isLarge, namedInParts, partName, partsOf, wellFormedJson } from './payload-parts.ts'

/** Payloads with fewer characters are cheaper in the row than in a separate row. */
const shareFrom = 2048

/**
 * A payload stored outside the row of its span, once per trace: five calls that pass the same content on store it once.
 */
export interface SharedPayload {
  readonly name: string
  readonly json: string
  /** Empty unless the payload is too large for one write. */
  readonly parts: readonly PayloadPart[]
}

interface PayloadPart {
  readonly name: string
  readonly json: string
}

/** The fields of a span that can be stored outside its row. */
type Place = 'input' | 'output' | 'error' | 'metadata'

/** The payloads of a span that are stored outside its row, by field. */
export type SharedPayloads = Readonly<Partial<Record<Place, SharedPayload>>>

/** Number of traces without a root whose payloads are remembered. */
const mostTraces = 1024

/**
 * Decides which payloads of a span are stored outside its row. Calls are written before their root, so if no call in a
 * trace had a payload of that length, the root's payload is not shared and need not be hashed.
 */
export class PayloadSharing {
  /** Lengths of the payloads so far, for each trace that has no root yet. */
  readonly #lengths = new Map<string, Set<number>>()

  /** @param metadata as JSON */
  of(span: SpanRecord, metadata: string | null): SharedPayloads {
    const { input, output, error } = span
    const repeats = this.#repeats(span)
    const found: Partial<Record<Place, SharedPayload | undefined>> = {
      input: shared(input.json, repeats),
      output: output && shared(output.json, repeats),
    }
    if (error && isLarge(error.value.json)) found.error = shared(error.value.json, repeats)
    if (metadata !== null && isLarge(metadata)) found.metadata = shared(metadata, repeats)
    return found as SharedPayloads
  }

  /**
   * Returns whether a payload of this span may also be a payload of another span, or is both its input and its output.
   */
  #repeats({ traceId, parentSpanId, input, output }: SpanRecord): (json: string) => boolean {
    const known = this.#lengths.get(traceId)
    if (parentSpanId !== undefined) {
      for (const payload of [input, output]) if (payload) this.#note(traceId, payload.json.length)
      return () => true
    }
    this.#lengths.delete(traceId)
    const isTwice = input.json === output?.json
    return json => isTwice || known?.has(json.length) === true
  }

  #note(traceId: string, length: number): void {
    if (length < shareFrom) return
    const known = this.#lengths.get(traceId)
    if (known) known.add(length)
    else this.#lengths.set(traceId, new Set([length]))
    if (this.#lengths.size <= mostTraces) return
    const [oldest] = this.#lengths.keys()
    if (oldest !== undefined) this.#lengths.delete(oldest)
  }
}

function shared(json: string, repeats: (json: string) => boolean): SharedPayload | undefined {
  if (json.length < shareFrom) return undefined
  const isInParts = isLarge(json)
  if (!repeats(json)) return isInParts ? inParts(randomName(), json) : undefined
  const name = hash('sha256', json, 'base64url')
  return isInParts ? inParts(name, json) : { name, json, parts: [] }
}

/** A random name with the length of a hash. */
const randomName = (): string => randomBytes(32).toString('base64url')

function inParts(hash: string, json: string): SharedPayload {
  const name = namedInParts(hash)
  const parts = partsOf(wellFormedJson(json)).map((part, index) => ({
    name: partName(name, index),
    json: part,
  }))
  return { name, json, parts }
}
