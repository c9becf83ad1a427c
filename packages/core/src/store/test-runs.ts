/** Description of a test run at its start. */
export interface TestRunStart {
  /** The id to start the test run under, or of a started test run to join; a join changes none of its data. Default: a new id. */
  readonly testRunId?: string
  readonly key: string
  readonly sourceTraceIds: readonly string[]
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  readonly experimentGroupId?: string
  /** The commit of the replayed code. */
  readonly commit?: string
  readonly branch?: string
  /** The command line. */
  readonly command?: string
}

/** An edited file; `before` or `after` is `''` if it was added or deleted, both if its content is not kept. */
export interface CodeChangeFile {
  readonly path: string
  readonly before: string
  readonly after: string
  /** Why the content is not kept: `binary`, `generated`, `too large`, `may contain secrets`. */
  readonly omitted?: string
}

/** What a store returns when a test run starts. */
export interface TestRunStarted {
  readonly testRunId: string
  readonly testRunUrl?: string
}

/** What a store returns when a test run is complete. */
export interface TestRunCompletion {
  /** Maps trace ids of the replay to those in the store. Omitted by stores that cannot tell. */
  readonly traceIds?: Readonly<Record<string, string>>
  readonly traceCount?: number
}

/** A person's judgment of a replayed trace. */
export interface Verdict {
  readonly pass: boolean
  readonly by?: string
  readonly comment?: string
}

/** A replay of many traces, as the store knows it. */
export interface TestRun extends TestRunStart {
  readonly testRunId: string
  readonly status: 'running' | 'completed' | 'interrupted'
  readonly startedAt: number
  readonly completedAt?: number
  /** By the trace id that an item's replay made. */
  readonly verdicts: Readonly<Record<string, Verdict>>
}
