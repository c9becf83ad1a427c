import type { Facts } from '../call/call-result.ts'
import type { Fields } from '../call/json-fields.ts'
import type { EventTemplate } from './event-template.ts'

/** How the events of an endpoint's streams are read. */
export interface EventRules {
  /** Adds up one stream. */
  newFold(): Fold
  /**
   * Usage of a stream after one more event; either may be `undefined`. Default: what the later one reports replaces what
   * was reported before.
   */
  mergeUsage?(before: unknown, told: unknown): unknown
  /** Whether an event has a piece of the answer: the first one stops the time to first token. */
  hasContent(event: Fields): boolean
  /** Whether nothing of importance can follow an event. Default: only `[DONE]` says so. */
  isLast?(event: Fields): boolean
  /**
   * Where the event begins in these bytes that ends the answer; -1 where none does. For endpoints that tell the usage in
   * a later event: an application that leaves in between is not waited for, but the stream is read on for a moment.
   * Default: the event that ends the answer has the usage.
   */
  endIn?(piece: Uint8Array): number
  /**
   * No event says that it is the last one: a stream is whole if its body ends and a reason to finish is known. Default:
   * false.
   */
  readonly endsWithBody?: true
  /** The SDK leaves a stream early by releasing its reader, and cancels nothing: the call ends then. Default: false. */
  readonly isLeftByRelease?: true
  /**
   * Template of an event that has a piece of the answer and nothing else; events that fit it are not parsed. Default:
   * each event is parsed.
   */
  template?(event: Fields, text: string): EventTemplate | undefined
}

/** Adds the events of one stream up. It never throws, whatever a host sends. */
export interface Fold {
  add(event: Fields): void
  /** Takes the pieces of the answer from events that fit the template of the event before. */
  addContent?(content: string): void
  facts(): Facts
  /** What a person reads: members of the recorded answer such as `message`, `choices` or `output`. */
  readable(): Fields
}

/** What the application must not see of a stream, as only the tap asked for it. */
export interface EventFilter {
  /** What it sees of whole events of which none has facts that it must not see; `undefined` where each must be parsed. */
  pass(events: Uint8Array): Uint8Array | undefined
  /** What it sees of the text of one event. */
  show(text: string, event: Fields): string
}

/** For an endpoint that has no streams: one that comes all the same is kept, and says nothing. */
export const noRules: EventRules = {
  newFold: () => ({ add: () => {}, facts: () => ({}), readable: () => ({}) }),
  hasContent: () => true,
}
