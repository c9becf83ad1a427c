import {
  type CodeChangeFile,
  type FeedbackValue,
  type Logger,
  type OutcomeValue,
  RuntapeError,
  type SpanStatus,
  type Store,
} from '@runtape/core'
import type { Evaluator } from './evaluators.ts'
import type { ReplayItem } from './report.ts'

/** Which children are answered from the tape: none of them, all of them, or those declared with `mockOnReplay`. */
export type MockStrategy = 'none' | 'all' | 'marked'

/** Which recorded traces to replay, besides those of the function's key. */
export interface ReplayWhere {
  readonly feedback?: FeedbackValue['kind']
  readonly outcome?: OutcomeValue['status']
  readonly status?: SpanStatus
  readonly runId?: string
  readonly sessionId?: string
  readonly tag?: string
  readonly minDurationMs?: number
  /** A time, or how long ago: `30m`, `12h`, `7d`, `2w`. */
  readonly since?: Date | number | string
  readonly until?: Date | number | string
}

export interface ReplayProgress {
  readonly done: number
  readonly total: number
  /** The item that was finished. */
  readonly item: ReplayItem
}

export interface ReplayOptions {
  readonly store: Store
  readonly where?: ReplayWhere
  /** How many traces, newest first; 5 when left out. Not together with `traceIds`. */
  readonly limit?: number
  /** Just these traces, 1 to 100. */
  readonly traceIds?: readonly string[]
  /** `none` when left out. */
  readonly mock?: MockStrategy
  /** What a call does that must be mocked but is not on the tape; `error` when left out: nothing runs by surprise. */
  readonly onMiss?: 'error' | 'run'
  /** How many items run at once; 10 when left out, `null` for all of them. */
  readonly maxConcurrency?: number | null
  /** What `this` is inside the function. */
  readonly receiver?: unknown
  readonly evaluators?: readonly Evaluator[]
  /** Why the code was changed; kept on the test run. */
  readonly codeChangeDescription?: string
  readonly codeChangeFiles?: readonly CodeChangeFile[]
  /** Groups several test runs into one experiment. */
  readonly experimentGroupId?: string
  readonly onProgress?: (progress: ReplayProgress) => void
  readonly logger?: Logger
}

const strategies: readonly string[] = ['none', 'all', 'marked'] satisfies MockStrategy[]
const maxTraceIds = 100

/** Refuses options that cannot mean anything, before anything starts. */
export function checkOptions({
  store,
  mock,
  onMiss,
  limit,
  traceIds,
  maxConcurrency,
  where,
}: ReplayOptions): void {
  if (typeof store?.traces?.get !== 'function')
    refuse('replay needs a store. Pass { store: sqliteStore("runtape.db") }.')
  if (mock !== undefined && !strategies.includes(mock)) {
    refuse(`Unknown mock strategy ${JSON.stringify(mock)}. Use 'none', 'all' or 'marked'.`)
  }
  if (onMiss !== undefined && onMiss !== 'error' && onMiss !== 'run') {
    refuse(`Unknown onMiss ${JSON.stringify(onMiss)}. Use 'error' or 'run'.`)
  }
  if (traceIds !== undefined) checkTraceIds(traceIds, limit, where)
  if (limit !== undefined) checkCount('limit', limit)
  if (maxConcurrency !== undefined && maxConcurrency !== null) checkCount('maxConcurrency', maxConcurrency)
}

function checkTraceIds(
  traceIds: readonly string[],
  limit: number | undefined,
  where: ReplayWhere | undefined,
): void {
  if (traceIds.length === 0) refuse('traceIds is empty. Name at least one trace, or leave it out.')
  if (traceIds.length > maxTraceIds) {
    refuse(
      `traceIds names ${traceIds.length} traces; a replay takes at most ${maxTraceIds}. Split it in several.`,
    )
  }
  if (limit !== undefined)
    refuse('limit and traceIds exclude each other: the list already says how many. Pass one of them.')
  if (where !== undefined)
    refuse('where and traceIds exclude each other: the list already says which. Pass one of them.')
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1)
    refuse(`${name} must be a whole number, 1 or more (got ${String(count)}).`)
}

function refuse(message: string): never {
  throw new RuntapeError('invalid-option', message)
}
