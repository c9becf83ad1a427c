import type { Payload, SpanRecord } from '../records/records.ts'

/** What a replay has to know of a call beside its input and its output. */
export interface CallEffects {
  /** Names that the stream, thenable or promise had beside those of its kind: `finalMessage`, `pid`. */
  readonly members?: readonly string[]
  /** The same of a stream that a promise resolved to. */
  readonly streamMembers?: readonly string[]
  /**
   * It failed because a signal among its arguments was aborted: with the reason of the signal, or with an error of the
   * code's own.
   */
  readonly aborted?: 'reason' | 'error'
  /** It returned the very argument with this index, or `this`. */
  readonly returned?: number | 'this'
  /** The arguments when it had ended, where it had changed them. */
  readonly inputAfter?: Payload
  /** Its calls of functions among its arguments, in their order; only where they were recorded. */
  readonly callbacks?: readonly CallbackCall[]
  /** More of them were made than are kept. */
  readonly callbacksCut?: boolean
  /** Its promise settled in the turn of the event loop in which it was made, after so many rounds of microtasks; 1 is not kept. */
  readonly rounds?: number
  /** Of a stream: the moments of its chunks, as `ChunkOrder` writes them. */
  readonly chunkOrder?: string
  /** What it threw takes no more properties: `Object.freeze`, `Object.seal` or `Object.preventExtensions` was called on it. */
  readonly errorState?: ObjectState
  /** What of its result takes no changes, inner ones first. */
  readonly resultStates?: readonly PlacedState[]
  /** It returned a thenable that is no promise, such as a query builder. */
  readonly isThenable?: true
  /** Of a call that replays answer: what could be compared of its `this`, by path. */
  readonly receiver?: Readonly<Record<string, string | number | boolean>>
}

/** That an object takes no changes, by `Object.freeze`, `Object.seal` or `Object.preventExtensions`. */
export type ObjectState = 'frozen' | 'sealed' | 'fixed'

/** The state of one object of a result. */
export interface PlacedState {
  readonly path: readonly (string | number)[]
  readonly state: ObjectState
  /** So is everything in it. */
  readonly isDeep?: true
}

/** A call of a function that was passed as an argument. */
export interface CallbackCall {
  /** Where in the arguments the function is. */
  readonly path: readonly (string | number)[]
  readonly args: Payload
  /** The call had returned, or its promise had settled, before the function was called. */
  readonly isLate?: boolean
  /** What the function gave was a promise, and it had settled before the next one was called. */
  readonly awaited?: boolean
  /** How many chunks of a stream had been read. */
  readonly chunks?: number
}

/** Where a span's metadata holds them. */
export const effectsKey = 'runtape.effects'

/** The effects that were recorded with a call. */
export function effectsOf({ metadata }: Pick<SpanRecord, 'metadata'>): CallEffects | undefined {
  const effects = metadata?.[effectsKey]
  return typeof effects === 'object' && effects !== null ? effects : undefined
}
