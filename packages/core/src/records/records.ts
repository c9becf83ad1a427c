import type { Cost } from './cost.ts'
import type { TokenUsage } from './token-usage.ts'

/** Whom or what an AI run was for: a kind, a key, and the application's attributes. */
export interface RunContext {
  readonly kind: string
  readonly key: string
  readonly [attribute: string]: unknown
}

/** One slot of a run. The last four repeat: one slot per id or name. */
export type Metric =
  | 'duration'
  | 'time-to-first-token'
  | 'tokens'
  | 'outcome'
  | 'feedback'
  | `tool-call:${string}`
  | `score:${string}`
  | `call:${string}`

/** The kept part of a thrown value in a run event. */
export interface ErrorSummary {
  readonly name: string
  readonly message: string
  /** The HTTP status, if the error has one. */
  readonly status?: number
}

/** How a run ended. */
export interface OutcomeValue {
  /** `cancelled`: the consumer stopped early, or `trackCancelled()` was called. */
  readonly status: 'success' | 'error' | 'cancelled'
  readonly error?: ErrorSummary
}

/** What the user of a run thought of its answer. */
export interface FeedbackValue {
  readonly kind: 'positive' | 'negative'
  readonly score?: number
  readonly comment?: string
}

/** A tool that the model called. */
export interface ToolCallValue {
  readonly name: string
}

/** A judge's score of a run. */
export interface ScoreValue {
  readonly score: number
  readonly reasoning?: string
}

/** One provider call of a run, recorded immediately, so a crash in the middle of a loop loses no finished call. */
export interface CallValue {
  readonly status: 'success' | 'error' | 'cancelled'
  /** Milliseconds. */
  readonly durationMs: number
  readonly timeToFirstTokenMs?: number
  readonly usage?: TokenUsage
  /** The host reported more that cannot be right; `usage` has only the certain part. */
  readonly isDoubtful?: boolean
  readonly model?: string
  /** Who ran the model, if not the run's provider: `local` for a private server. */
  readonly provider?: string
  readonly error?: ErrorSummary
}

/** The value of a metric: milliseconds are numbers, and the rest depends on the metric. */
export type MetricValue =
  | number
  | TokenUsage
  | OutcomeValue
  | FeedbackValue
  | ToolCallValue
  | ScoreValue
  | CallValue

/** Marks a record as made by a replay. It never bills and never takes a live record's place. */
export interface ReplayMark {
  readonly testRunId: string
  /** The trace that this replay of an item makes. */
  readonly traceId: string
}

/** One metric of one run, recorded. Identity: `(runId, metric)`; in a replay also the replayed trace. */
export interface RunEvent {
  readonly kind: 'run-event'
  readonly runId: string
  readonly metric: Metric
  readonly value: MetricValue
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly configKey: string
  readonly variationKey: string
  readonly version: number
  readonly modelName: string
  readonly providerName: string
  readonly context?: RunContext
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  /** For `tokens` and `call:` events with a known price. Not part of the value: the first one stays. */
  readonly cost?: Cost
  /**
   * For `tokens` and `call:` events: the `tracker.run` that they belong to. Overlapping runs of one tracker share one. `tokens`
   * replaces the calls of the same scope; without a scope, all calls. Not part of the value.
   */
  readonly scope?: string
  /** The trace in which the run started, if any. */
  readonly traceId?: string
  readonly replay?: ReplayMark
}

/**
 * A captured value. `json` is plain JSON that a person can read and a database can query; `meta` lists the places that stand for
 * types that JSON lacks.
 */
export interface Payload {
  readonly json: string
  readonly meta?: readonly PayloadMark[]
  /** Paths of values that could not be kept; a replay that needs them refuses. */
  readonly lossy?: readonly string[]
  /** The size in bytes if the value was too large to keep; `json` is then `null`. */
  readonly truncated?: number
  /** Paths that were redacted. */
  readonly redacted?: readonly string[]
  /** Never on the tape, see `TraceOptions`: the size in bytes of the JSON that `getSpan` returns; here `json` is `null`. */
  readonly deferred?: number
}

/** `[path, type]` or `[path, type, detail]`: the value at `path` has this type. */
export type PayloadMark = readonly [path: readonly (string | number)[], type: string, detail?: unknown]

/** A result that is read chunk by chunk: a `web-stream` is a `ReadableStream`, a `node-stream` a `Readable`. */
export type StreamKind = 'generator' | 'async-generator' | 'web-stream' | 'node-stream'

/** The kind of result that a call returned; a replay returns the same kind. */
export type ResultKind = 'value' | 'promise' | StreamKind | `promise-of-${StreamKind}`

export const resultKinds = [
  'value',
  'promise',
  'generator',
  'async-generator',
  'web-stream',
  'node-stream',
  'promise-of-generator',
  'promise-of-async-generator',
  'promise-of-web-stream',
  'promise-of-node-stream',
] as const satisfies readonly ResultKind[]

/**
 * How a call ended. `cancelled`: its consumer stopped early. `abandoned`: garbage-collected before it was consumed to its end. `unfinished`: the process ended first,
 * or the call could no longer end.
 */
export type SpanStatus = 'ok' | 'error' | 'cancelled' | 'abandoned' | 'unfinished'

/** What a traced call threw. */
export interface SpanError {
  readonly name: string
  readonly message: string
  /** The thrown value itself, captured. */
  readonly value: Payload
}

/** One traced call. Identity: `(traceId, spanId)`. */
export interface SpanRecord {
  readonly kind: 'span'
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  readonly parentSpanId?: string
  /** Position among the children of its parent, from 0. */
  readonly seq: number
  /** The trace function key. */
  readonly key: string
  readonly name: string
  readonly type: string
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly durationMs: number
  /**
   * Positions of this call's start and end among all starts and ends of its trace in its process. A replay ends calls in this
   * order. Consecutive numbers belong to one turn of the event loop.
   */
  readonly startOrder?: number
  readonly endOrder?: number
  /** The arguments, as an array, captured when the call started. */
  readonly input: Payload
  /** The result; for generators and streams `{ chunks, returned }`. */
  readonly output?: Payload
  readonly resultKind: ResultKind
  readonly error?: SpanError
  readonly status: SpanStatus
  readonly usage?: TokenUsage
  readonly model?: string
  readonly timeToFirstTokenMs?: number
  readonly runId?: string
  readonly sessionId?: string
  readonly tags?: readonly string[]
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Declared with `mockOnReplay`. */
  readonly mockOnReplay?: boolean
  readonly replay?: SpanReplay
}

/** Which replay a span belongs to, and where its recording is. */
export interface SpanReplay {
  readonly testRunId: string
  readonly sourceTraceId: string
  /** The recorded counterpart; absent if the recording has none. */
  readonly sourceSpanId?: string
  /** True when the answer came from the tape and the code did not run. */
  readonly mocked: boolean
}

/** Contents of the tape: run events and spans, both append-only and idempotent by identity. */
export type TapeRecord = RunEvent | SpanRecord

/** Identifies a record: a store keeps at most one record per identity. */
export type RecordIdentity =
  | {
      readonly kind: 'run-event'
      readonly runId: string
      readonly metric: Metric
      readonly replayTraceId?: string
    }
  | { readonly kind: 'span'; readonly traceId: string; readonly spanId: string }

export function identityOf(record: TapeRecord): RecordIdentity {
  if (record.kind === 'span') return { kind: 'span', traceId: record.traceId, spanId: record.spanId }
  const { runId, metric, replay } = record
  return { kind: 'run-event', runId, metric, ...(replay && { replayTraceId: replay.traceId }) }
}
