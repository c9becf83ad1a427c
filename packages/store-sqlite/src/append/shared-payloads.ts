import { hash, randomBytes } from 'node:crypto'
import type { SpanRecord } from '@runtape/core'
import { isLarge, namedInParts, partName, partsOf, wellFormedJson } from './payload-parts.ts'

/** Shorter payloads, in characters, cost less in their row than in a separate one. */
const shareFrom = 2048

/** A payload that is kept beside its span, once per trace, by its content: what five calls hand on is stored once. */
export interface SharedPayload {
  readonly name: string
  readonly json: string
  /** For one that is too large for one write. */
  readonly parts: readonly PayloadPart[]
}

interface PayloadPart {
  readonly name: string
  readonly json: string
}

/** What of a span can be kept beside its row. */
type Place = 'input' | 'output' | 'error' | 'metadata'

/** The large payloads of a span: each is absent where it stays in the row. */
export type SharedPayloads = Readonly<Partial<Record<Place, SharedPayload>>>

/** Traces of which the spans so far are remembered. */
const mostTraces = 1024

/**
 * Says which payloads of a span are kept beside its row. A span hands what it was given on to those that it calls, and
 * these are written before it: what a root has that none of its trace had is not met again, and need not be hashed.
 */
export class PayloadSharing {
  /** The lengths of payloads of traces that have no root yet. */
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

  /** Whether a payload of the span may be one of another span, or both of its own. */
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

/** As long as a hash. */
const randomName = (): string => randomBytes(32).toString('base64url')

function inParts(hash: string, json: string): SharedPayload {
  const name = namedInParts(hash)
  const parts = partsOf(wellFormedJson(json)).map((part, index) => ({
    name: partName(name, index),
    json: part,
  }))
  return { name, json, parts }
}
