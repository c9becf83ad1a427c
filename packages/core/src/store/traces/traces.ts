import type { FeedbackValue, OutcomeValue, SpanRecord, SpanStatus } from '../../records/records.ts'
import type { ListQuery } from '../lists.ts'
import type { AsOf } from '../revision.ts'

/** The root of a trace, without its payloads. */
export interface TraceSummary {
  readonly traceId: string
  readonly spanId: string
  readonly key: string
  readonly name: string
  readonly startedAt: number
  readonly durationMs: number
  readonly status: SpanStatus
}

/** A whole trace: the root and everything under it, parents before children, children in `seq` order. */
export interface Trace {
  readonly traceId: string
  readonly root: SpanRecord
  readonly spans: readonly SpanRecord[]
}

/** How to load a trace. */
export interface TraceOptions extends AsOf {
  /**
   * Outputs of at least this many bytes of JSON are not needed yet: a store may omit them, marked as `deferred`, and return them
   * from `getSpan`. Only for calls under a root that returned a promise or an async generator, where the caller can wait. Their
   * marks other than `meta` are still included.
   */
  readonly deferOutputsFrom?: number
}

/** What `traces.list` returns. */
export interface TraceQuery extends ListQuery {
  /**
   * A filter as text, as in `RunFilter`. It must match the root together with one run of the trace. `duration`, `since` and
   * `until` always apply to the root; `status` does if the trace has no run.
   */
  readonly where?: string
  readonly key?: string
  readonly status?: SpanStatus
  /** Traces with a run of this outcome. */
  readonly outcome?: OutcomeValue['status']
  /** Traces with a run that got this feedback. */
  readonly feedback?: FeedbackValue['kind']
  readonly runId?: string
  readonly sessionId?: string
  readonly tag?: string
  readonly minDurationMs?: number
  /** The traces made by a replay; without it, replays are excluded. */
  readonly testRunId?: string
}
