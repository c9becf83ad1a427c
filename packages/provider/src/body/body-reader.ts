import { TextDecoder } from 'node:util'
import type { Facts } from '../call/call-result.ts'
import type { RecordedParts } from '../recorded/preencoded-members.ts'
import type { AbortLink } from './abort-link.ts'

/** What was learned from a body, or from the part of it that was read. */
export interface Answer {
  readonly facts: Facts
  /** The body to record. */
  readonly parts: RecordedParts
  /** The body was empty. */
  readonly isEmpty?: boolean
}

/** Observes a body while the application reads it. */
export interface BodyReader {
  /** Processes the next piece, and returns what the application sees of it. */
  push(piece: Uint8Array): Uint8Array | undefined
  /** Called at the end of the body. Returns what was held back. */
  finish(): Uint8Array | undefined
  /** What was learned. Nothing is pushed after this call. */
  answer(): Answer
  /**
   * Known after `answer()`. True if nothing important can follow, so that an application that stops reading has missed
   * nothing.
   */
  readonly isComplete: boolean
  /**
   * The answer has ended but its usage has not arrived. If the application stops now, its call ends at once and the
   * rest is read for a moment.
   */
  readonly isWithoutUsage?: boolean
  /**
   * Offset in this piece of the event that ends the answer, if other events come before it. The application receives
   * those first, which shows whether it stopped before the end. Only called if there is a `link`. Default: 0, no such
   * event.
   */
  splitAt?(seen: Uint8Array): number
  /** Nothing important can follow. */
  readonly hasEnded?: boolean
  /** Passes aborts of the application to the host. */
  readonly link?: AbortLink | undefined
  /** The application stops early by releasing its reader. Default: it cancels or drops the body. */
  readonly isLeftByRelease?: boolean
}

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true })
