import type { CallValue, Payload, SpanStatus } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'

/** What an answer says about its call. */
export interface Facts {
  /** As the host sent it. */
  readonly usage?: unknown
  readonly model?: unknown
  /** Who ran the model, where that is not the provider: `local`. */
  readonly provider?: string | undefined
  readonly finishReason?: unknown
  /** The failure that the answer itself reports. */
  readonly error?: unknown
  /** Where the answer may be made in the background. */
  readonly background?: BackgroundAnswer | undefined
  /** What was not understood, for those who read the span. */
  readonly notes?: readonly string[]
}

/** An answer that is made after its request was answered, and asked for by its id. */
export interface BackgroundAnswer {
  readonly id: string
  /** The host says that it is made in the background. */
  readonly isTold: boolean
  /** Nothing more comes of it. */
  readonly isFinal: boolean
  /** Default: false. */
  readonly isCancelled?: boolean
}

/** What two events of one stream say together: that an answer is made in the background is said once. */
export const laterAnswer = (
  before: BackgroundAnswer | undefined,
  next: BackgroundAnswer | undefined,
): BackgroundAnswer | undefined => (next && before?.isTold ? { ...next, isTold: true } : (next ?? before))

/** How a call ended, or one attempt at it. */
export interface CallResult {
  readonly status: SpanStatus
  readonly error?: unknown
  /** Milliseconds since the call was made. Default: until now. */
  readonly durationMs?: number | undefined
  /** Its place among the events of its trace, where it ended earlier than now: see `SpanEnd`. */
  readonly endOrder?: number | undefined
  readonly facts?: Facts
  /** More for the span's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** What is recorded as the answer. Called once, and only if a span keeps it. Default: nothing. */
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
