import { hash } from 'node:crypto'
import type { Payload, SpanRecord } from '@runtape/core'
import { isLarge, namedInParts, partName, partsOf, wellFormedJson } from './payload-parts.ts'

/** Shorter payloads, in characters, cost less in their row than in a row of their own. */
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

/** @param metadata as JSON */
export function sharedPayloads(
  { input, output, error }: SpanRecord,
  metadata: string | null,
): SharedPayloads {
  const found: Partial<Record<Place, SharedPayload | undefined>> = {
    input: shared(input),
    output: shared(output),
  }
  if (error && isLarge(error.value.json)) found.error = shared(error.value)
  if (metadata !== null && isLarge(metadata)) found.metadata = shared({ json: metadata })
  return found as SharedPayloads
}

function shared(payload: Payload | undefined): SharedPayload | undefined {
  if (payload === undefined || payload.json.length < shareFrom) return undefined
  const name = hash('sha256', payload.json, 'base64url')
  if (!isLarge(payload.json)) return { name, json: payload.json, parts: [] }
  const inParts = namedInParts(name)
  const parts = partsOf(wellFormedJson(payload.json)).map((json, index) => ({
    name: partName(inParts, index),
    json,
  }))
  return { name: inParts, json: payload.json, parts }
}
