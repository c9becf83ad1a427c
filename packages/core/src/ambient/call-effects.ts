import type { Payload, SpanRecord } from '../records/records.ts'

/** What a replay must know about a call besides its input and output. */
export interface CallEffects {
  /** Additional members of the stream, thenable or promise: `finalMessage`, `pid`. */
  readonly members?: readonly string[]
  /** The same for a stream that a promise resolved to. */
  readonly streamMembers?: readonly string[]
  /**
   * It failed because a signal among its arguments was aborted, either with the signal's reason or with an error made by the
   * code.
   */
  readonly aborted?: 'reason' | 'error'
  /** It returned the argument with this index, or `this`. */
  readonly returned?: number | 'this'
  /** The arguments after the call, if it changed them. */
  readonly inputAfter?: Payload
  /** Its calls of functions among its arguments, in order; only if they were recorded. */
  readonly callbacks?: readonly CallbackCall[]
  /** It made more such calls than are kept. */
  readonly callbacksCut?: boolean
  /** Its promise settled in the event loop turn in which it was created, after this many microtask rounds; 1 is not kept. */
  readonly rounds?: number
  /** For a stream: the moments of its chunks, as `ChunkOrder` writes them. */
  readonly chunkOrder?: string
  /** The thrown value was made non-extensible: by `Object.freeze`, `Object.seal` or `Object.preventExtensions`. */
  readonly errorState?: ObjectState
  /** The non-extensible objects in its result, inner ones first. */
  readonly resultStates?: readonly PlacedState[]
  /** It returned a thenable that is not a promise, such as a query builder. */
  readonly isThenable?: true
  /** For a mocked call: the comparable parts of its `this`, by path. */
  readonly receiver?: Readonly<Record<string, string | number | boolean>>
}

/** Whether an object is non-extensible, by `Object.freeze`, `Object.seal` or `Object.preventExtensions`. */
export type ObjectState = 'frozen' | 'sealed' | 'fixed'

/** The state of one object of a result. */
export interface PlacedState {
  readonly path: readonly (string | number)[]
  readonly state: ObjectState
  /** The same state applies to everything in it. */
  readonly isDeep?: true
}

/** A call of a function that was passed as an argument. */
export interface CallbackCall {
  /** Path of the function in the arguments. */
  readonly path: readonly (string | number)[]
  readonly args: Payload
  /** The call had returned, or its promise had settled, before the function was called. */
  readonly isLate?: boolean
  /** The function returned a promise, and it had settled before the next function was called. */
  readonly awaited?: boolean
  /** How many chunks of the stream had been read. */
  readonly chunks?: number
}

/** Key of the effects in a span's metadata. */
export const effectsKey = 'runtape.effects'

/** The effects that were recorded with a call. */
export function effectsOf({ metadata }: Pick<SpanRecord, 'metadata'>): CallEffects | undefined {
  const effects = metadata?.[effectsKey]
  return typeof effects === 'object' && effects !== null ? effects : undefined
}
