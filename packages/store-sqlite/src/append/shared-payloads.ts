import { hash } from 'node:crypto'
import type { Payload, SpanRecord } from '@runtape/core'
import { namedInParts, partName, partsFrom, partsOf, wellFormedJson } from './payload-parts.ts'

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

/** The large payloads of a span: each is `undefined` where it stays in the row. */
export function sharedPayloads({ input, output }: SpanRecord): {
  readonly input: SharedPayload | undefined
  readonly output: SharedPayload | undefined
} {
  return { input: shared(input), output: shared(output) }
}

function shared(payload: Payload | undefined): SharedPayload | undefined {
  if (payload === undefined || payload.json.length < shareFrom) return undefined
  const name = hash('sha256', payload.json, 'base64url')
  if (payload.json.length <= partsFrom) return { name, json: payload.json, parts: [] }
  const inParts = namedInParts(name)
  const parts = partsOf(wellFormedJson(payload.json)).map((json, index) => ({
    name: partName(inParts, index),
    json,
  }))
  return { name: inParts, json: payload.json, parts }
}
