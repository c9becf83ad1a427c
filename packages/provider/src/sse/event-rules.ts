import type { Facts } from '../call/call-result.ts'
import type { Fields } from '../call/json-fields.ts'
import type { EventTemplate } from './event-template.ts'

/** How the events of an endpoint's streams are read. */
export interface EventRules {
  /** Creates an aggregate for one stream. */
  newFold(): Fold
  /**
   * Usage of a stream after one more event; either may be `undefined`. Default: a later usage replaces an earlier one.
   */
  mergeUsage?(before: unknown, told: unknown): unknown
  /** Whether an event contains a piece of the answer. The first one sets the time to first token. */
  hasContent(event: Fields): boolean
  /** Whether nothing important can follow an event. Default: only after `[DONE]`. */
  isLast?(event: Fields): boolean
  /**
   * Offset of the event that ends the answer; -1 if these bytes contain none. For endpoints that report the usage in a
   * later event: if the application stops in between, its call ends at once and the rest of the stream is read for a
   * moment. Default: the event that ends the answer contains the usage.
   */
  endIn?(piece: Uint8Array): number
  /** No event marks the end: a stream is complete if its body ends and there was a finish reason. Default: false. */
  readonly endsWithBody?: true
  /** The SDK stops early by releasing its reader, without canceling. The call then ends. Default: false. */
  readonly isLeftByRelease?: true
  /**
   * Template of an event that contains a piece of the answer and nothing else. Matching events are not parsed. Default:
   * every event is parsed.
   */
  template?(event: Fields, text: string): EventTemplate | undefined
}

/** Aggregates the events of one stream. Never throws, whatever a host sends. */
export interface Fold {
  add(event: Fields): void
  /** Adds pieces of the answer from events that match the template of the previous event. */
  addContent?(content: string): void
  facts(): Facts
  /** What a person reads: members of the recorded answer such as `message`, `choices` or `output`. */
  readable(): Fields
}

/** Hides what only the tap requested in a stream. */
export interface EventFilter {
  /** The visible part of complete events, if none of them needs to be parsed; `undefined` if each must be parsed. */
  pass(events: Uint8Array): Uint8Array | undefined
  /** The visible part of the text of one event. */
  show(text: string, event: Fields): string
}

/** For an endpoint without streams. A stream is recorded nevertheless, but without any facts. */
export const noRules: EventRules = {
  newFold: () => ({ add: () => {}, facts: () => ({}), readable: () => ({}) }),
  hasContent: () => true,
}
