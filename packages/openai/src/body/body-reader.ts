import { TextDecoder } from 'node:util'
import type { Facts } from '../endpoints/endpoint.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'

/** What was learned from a body, as far as it was read. */
export interface Answer extends Facts {
  /** The part of it that has yet to be captured. */
  readonly recorded: RecordedAnswer
  /** The part of it that is JSON already: members of an object, without its braces. */
  readonly json?: string
  /** In what is JSON already is something that is not to be kept. */
  readonly hasSecret?: boolean
  /** The recorded part is left out, being larger than is kept; in bytes. */
  readonly tooLarge?: number
  /** What could not be understood, for whoever looks at the span. */
  readonly notes: readonly string[]
}

/** Reads a body on the side, while the application reads it. */
export interface BodyReader {
  /** Takes the next piece and gives what the application is to see of it. */
  read(chunk: Uint8Array): Uint8Array | undefined
  /** At the end of the body: what was held back. */
  finish(): Uint8Array | undefined
  /** What was learned; nothing is read after this. */
  answer(): Answer
  /** Known after `answer()`. True when nothing of importance can follow: whoever stopped reading has missed nothing. */
  readonly isComplete: boolean
}

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true })
