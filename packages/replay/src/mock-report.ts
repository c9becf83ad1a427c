/** A call of a replay, as its mock report names it. */
export interface MockedCall {
  readonly key: string
  readonly name: string
  /** The recorded call; absent for a miss. */
  readonly sourceSpanId?: string
}

/** What became of the calls that were to be answered from the tape. Each call is in one list. */
export interface MockReport {
  /** Answered, with the recorded input. */
  readonly served: readonly MockedCall[]
  /** Answered, but the input differs from the recorded one. */
  readonly drifted: readonly MockedCall[]
  /** Not on the tape. */
  readonly missed: readonly MockedCall[]
  /** On the tape, and not asked for. */
  readonly unused: readonly MockedCall[]
}

export const noMocks: MockReport = { served: [], drifted: [], missed: [], unused: [] }
