import type { SpanDefinition } from '@runtape/trace'
import type { EventTemplate } from '../sse/event-template.ts'

/** JSON of which nothing is known but that it is an object. */
export type Fields = Readonly<Record<string, unknown>>

/** What an answer tells about the call. */
export interface Facts {
  /** As the provider told it. */
  readonly usage?: unknown
  readonly model?: unknown
  readonly finishReason?: unknown
  /** The failure that the answer itself tells of. */
  readonly error?: unknown
}

/** What a person reads of a stream. */
export interface Readable {
  /** The assistant's message that the events add up to; `choices` in its place where there is more than one. */
  readonly message?: unknown
  readonly choices?: readonly unknown[]
  /** The items of a response, where the endpoint gives such. */
  readonly output?: unknown
}

/** Adds the events of one stream up. It never throws, whatever a host sends. */
export interface Fold {
  add(event: Fields): void
  /** Takes what events bring that are like the one before it but for a piece of the answer. */
  addContent?(content: string): void
  facts(): Facts
  readable(): Readable
}

/** One endpoint that calls a model: how its requests are known, and how its answers are read. */
export interface Endpoint {
  /** What the path of its URL ends with. */
  readonly path: string
  readonly definition: SpanDefinition
  /** Its streams tell the usage only to those who ask by `stream_options`. */
  readonly asksForUsage?: true
  /** Its answers may say nothing of tokens: there are none, or other things are billed. */
  readonly mayTellNoUsage?: true
  /** Its answers may be plain text. */
  readonly mayBeText?: true
  /** Its answers are bytes that nobody reads here. */
  readonly isBinary?: true
  /** What an answer that is one piece tells. */
  facts(answer: Fields): Facts
  newFold(): Fold
  /** How an event looks that brings a piece of the answer and nothing else, so that others like it need not be parsed. */
  templateOf?(event: Fields, text: string): EventTemplate | undefined
  /** True for an event that carries something of the answer itself. */
  hasContent(event: Fields): boolean
  /** True for the event after which nothing of importance can follow; without it `[DONE]` says so. */
  isLast?(event: Fields): boolean
  /** True for an event that carries nothing but the usage. */
  isUsageOnly?(event: Fields): boolean
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The objects in what should be a list: whatever a host sends in its place is passed over. */
export const objectsIn = <T extends object>(list: unknown): T[] =>
  Array.isArray(list) ? list.filter(item => typeof item === 'object' && item !== null) : []
