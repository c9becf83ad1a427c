import { createHmac } from 'node:crypto'
import type { SpanRecord } from './records.ts'

/** Where the stub of a dropped call keeps what names its input: in its metadata, which every store keeps. */
export const droppedName = 'runtape.dropped'

/** Names the input of a dropped call, without telling it: see `stubOf` of `@runtape/trace`. */
export interface DroppedTag {
  /** Made by chance, one for each trace. */
  readonly salt: string
  readonly tag: string
}

/** What is left of a call that was dropped, or `undefined` for any other record. */
export function droppedTag({ metadata, input }: SpanRecord): DroppedTag | undefined {
  if (!metadata) return undefined
  const tag = metadata[droppedName] as Partial<DroppedTag> | undefined
  // An application may use the name for something else.
  const isStub = input?.redacted?.[0] === '$' && typeof tag?.salt === 'string' && typeof tag.tag === 'string'
  return isStub ? (tag as DroppedTag) : undefined
}

// Three hex digits tell most siblings apart, and of a PIN or a yes they tell one who has the tape next to nothing.
const digits = 3

/** Names an input, by its fingerprint, for a reader that has the input already. Two inputs have the same tag once in 4,096 times. */
export const tagOf = (salt: string, fingerprint: string): string =>
  createHmac('sha256', salt).update(fingerprint).digest('hex').slice(0, digits)
