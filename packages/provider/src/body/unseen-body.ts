import type { Answer, BodyReader } from './body-reader.ts'

/** Replaces the reader of a body that cannot be observed. A replay then has no answer for it. */
export class UnseenBody implements BodyReader {
  readonly isComplete = true

  push(piece: Uint8Array): Uint8Array {
    return piece
  }

  finish(): undefined {}

  answer(): Answer {
    const notes = ['The response body is of a kind that cannot be observed without consuming it.']
    return { facts: { notes }, parts: { head: { withheld: true } } }
  }
}
