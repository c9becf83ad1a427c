/** A call of a replay, as its mock report names it. */
export interface MockedCall {
  readonly key: string
  readonly name: string
  /** The recorded call, where there is one. */
  readonly sourceSpanId?: string
}

/** What became of the calls that were to be answered from the tape. A call that was made is in one of the first three. */
export interface MockReport {
  /** Answered, with the recorded input. */
  readonly served: readonly MockedCall[]
  /** Answered, but the input differs from the recorded one. */
  readonly drifted: readonly MockedCall[]
  /** Not on the tape, or there without an answer. */
  readonly missed: readonly MockedCall[]
  /** On the tape, and not asked for by the end of the call; what lies under an answered call is not meant. */
  readonly unused: readonly MockedCall[]
}

export const noMocks: MockReport = { served: [], drifted: [], missed: [], unused: [] }
