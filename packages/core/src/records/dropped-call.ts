import { createHmac } from 'node:crypto'
import type { SpanRecord } from './records.ts'

/** Key of a dropped call's stub in the span's metadata, which every store keeps. */
export const droppedName = 'runtape.dropped'

/** Identifies the input of a dropped call without revealing it: see `stubOf` of `@runtape/trace`. */
export interface DroppedTag {
  /** Random, one for each trace. */
  readonly salt: string
  readonly tag: string
}

/** The stub of a dropped call, or `undefined` for any other record. */
export function droppedTag({ metadata, input }: SpanRecord): DroppedTag | undefined {
  if (!metadata) return undefined
  const tag = metadata[droppedName] as Partial<DroppedTag> | undefined
  // An application may use the name for something else.
  const isStub = input?.redacted?.[0] === '$' && typeof tag?.salt === 'string' && typeof tag.tag === 'string'
  return isStub ? (tag as DroppedTag) : undefined
}

// Three hex digits distinguish most siblings, but hardly help to guess a PIN or a yes/no answer from the tape.
const digits = 3

/**
 * A tag for an input, from its fingerprint, for readers that already have the input. Two inputs have the same tag with
 * probability 1 in 4,096.
 */
export const tagOf = (salt: string, fingerprint: string): string =>
  createHmac('sha256', salt).update(fingerprint).digest('hex').slice(0, digits)
