import type { CallValue, Payload, SpanStatus } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'

/** What an answer says about its call. */
export interface Facts {
  /** As the host sent it. */
  readonly usage?: unknown
  readonly model?: unknown
  /** Who ran the model if that is not the provider, such as `local`. */
  readonly provider?: string | undefined
  readonly finishReason?: unknown
  /** The failure that the answer itself reports. */
  readonly error?: unknown
  /** Set if the answer may be made in the background. */
  readonly background?: BackgroundAnswer | undefined
  /** What could not be interpreted. For people who read the span. */
  readonly notes?: readonly string[]
}

/** An answer that is made after the response to its request, and is requested later by its id. */
export interface BackgroundAnswer {
  readonly id: string
  /** The host reports that it is made in the background. */
  readonly isTold: boolean
  /** The answer will not change any more. */
  readonly isFinal: boolean
  /** Default: false. */
  readonly isCancelled?: boolean
}

/** Combines two events of one stream: only one of them reports that the answer is made in the background. */
export const laterAnswer = (
  before: BackgroundAnswer | undefined,
  next: BackgroundAnswer | undefined,
): BackgroundAnswer | undefined => (next && before?.isTold ? { ...next, isTold: true } : (next ?? before))

/** Result of a call, or of one attempt. */
export interface CallResult {
  readonly status: SpanStatus
  readonly error?: unknown
  /** Milliseconds since the call was made. Default: until now. */
  readonly durationMs?: number | undefined
  /** Its position among the events of its trace, if it ended earlier than now. See `SpanEnd`. */
  readonly endOrder?: number | undefined
  readonly facts?: Facts
  /** Additional metadata for the span. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The recorded answer. Called once, and only if a span keeps it. Default: nothing. */
  output?(limits: CaptureLimits | undefined): Payload
}

/** The outcome of a call in its run. */
export const outcomeOf: Readonly<Record<SpanStatus, CallValue['status']>> = {
  ok: 'success',
  error: 'error',
  cancelled: 'cancelled',
  abandoned: 'cancelled',
  unfinished: 'cancelled',
}
