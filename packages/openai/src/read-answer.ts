import { TextDecoder } from 'node:util'
import type { RecordedAnswer } from './recorded-answer.ts'

/** What was learned from a body, as far as it was read. */
export interface Answer {
  readonly recorded: RecordedAnswer
  /** The recorded part is left out, being larger than is kept; in bytes. */
  readonly tooLarge?: number
  /** The usage as the provider told it. */
  readonly usage?: unknown
  readonly model?: unknown
  readonly finishReason?: unknown
  /** The failure that the body itself tells of. */
  readonly error?: unknown
  /** What could not be understood, for whoever looks at the span. */
  readonly notes: readonly string[]
}

/** Reads a body on the side, while the application reads it. */
export interface AnswerReader {
  /** Takes the next piece and gives what the application is to see of it. */
  read(chunk: Uint8Array): Uint8Array | undefined
  /** At the end of the body: what was held back. */
  finish(): Uint8Array | undefined
  /** True once nothing of importance can follow, so that whoever stops reading has missed nothing. */
  readonly isComplete: boolean
  answer(): Answer
}

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true })
