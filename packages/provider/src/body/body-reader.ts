import { TextDecoder } from 'node:util'
import type { Facts } from '../call/call-result.ts'
import type { RecordedParts } from '../recorded/preencoded-members.ts'
import type { AbortLink } from './abort-link.ts'

/** What was learned from a body, or from the part of it that was read. */
export interface Answer {
  readonly facts: Facts
  /** The body, to be recorded. */
  readonly parts: RecordedParts
  /** Nothing at all was in it. */
  readonly isEmpty?: boolean
}

/** Reads a body while the application reads it. */
export interface BodyReader {
  /** Takes the next piece and returns what the application sees of it. */
  push(piece: Uint8Array): Uint8Array | undefined
  /** At the end of the body: what was held back. */
  finish(): Uint8Array | undefined
  /** What was learned; nothing is pushed after this. */
  answer(): Answer
  /** Known after `answer()`. True when nothing of importance can follow: an application that stops reading has missed nothing. */
  readonly isComplete: boolean
  /**
   * The answer has ended and its usage has not come: an application that leaves now is not waited for, but the body is
   * read on for a moment.
   */
  readonly isWithoutUsage?: boolean
  /**
   * Where the event begins in this piece that ends the answer, if others stand before it: the application is given
   * those first, so that it is known whether it left before the end. Only asked where there is a `link`. Default: 0, nowhere.
   */
  splitAt?(seen: Uint8Array): number
  /** Nothing follows that is worth reading on for. */
  readonly hasEnded?: boolean
  /** Tells the host that the application aborts. */
  readonly link?: AbortLink | undefined
  /** The application leaves the body early by releasing its reader. Default: by canceling, or by dropping it. */
  readonly isLeftByRelease?: boolean
}

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true })
