import type { Cost } from './cost.ts'
import type { TokenUsage } from './token-usage.ts'

/** Who or what an AI run was for: a kind, a key, and attributes of the application's own. */
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

/** What is kept of a thrown value in a run event. */
export interface ErrorSummary {
  readonly name: string
  readonly message: string
  /** The HTTP status, where the error carries one. */
  readonly status?: number
}

export interface OutcomeValue {
  /** `cancelled`: the consumer left before the end, or `trackCancelled()` said so. */
  readonly status: 'success' | 'error' | 'cancelled'
  readonly error?: ErrorSummary
}

export interface FeedbackValue {
  readonly kind: 'positive' | 'negative'
  readonly score?: number
  readonly comment?: string
}

export interface ToolCallValue {
  readonly name: string
}

export interface ScoreValue {
  readonly score: number
  readonly reasoning?: string
}

/** One provider call of a run, kept at once so that a crash in the middle of a loop loses none that returned. */
export interface CallValue {
  readonly status: 'success' | 'error' | 'cancelled'
  /** Milliseconds. */
  readonly durationMs: number
  readonly timeToFirstTokenMs?: number
  readonly usage?: TokenUsage
  /** The host told more that cannot be right: `usage` is what of it is certain. */
  readonly isDoubtful?: boolean
  readonly model?: string
  /** Who ran the model, where that is not the run's provider: `local` for a server on a machine of one's own. */
  readonly provider?: string
  readonly error?: ErrorSummary
}

export type MetricValue =
  | number
  | TokenUsage
  | OutcomeValue
  | FeedbackValue
  | ToolCallValue
  | ScoreValue
  | CallValue

/** Marks a record as made by a replay: such a record never bills and never takes a live record's place. */
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
  /** Of `tokens` and `call:` events, where the price was known. Not part of the value: the first one stays. */
  readonly cost?: Cost
  /**
   * Of `tokens` and `call:` events: the `tracker.run` that they belong to. Runs of one tracker that overlap share one.
   * `tokens` count for the calls of the same scope; without a scope for all calls. Not part of the value.
   */
  readonly scope?: string
  /** The trace in which the run was started, where there was one. */
  readonly traceId?: string
  readonly replay?: ReplayMark
}

/**
 * A value as it was when it was captured. `json` is plain JSON that a person can read and a database can query;
 * `meta` says which places in it stand for something that JSON has no word for.
 */
export interface Payload {
  readonly json: string
  readonly meta?: readonly PayloadMark[]
  /** Paths of values that could not be kept; a replay that would need them refuses. */
  readonly lossy?: readonly string[]
  /** The size in bytes that was too large to keep; `json` is then `null`. */
  readonly truncated?: number
  /** Paths that were redacted. */
  readonly redacted?: readonly string[]
  /** Never on the tape, see `TraceOptions`: the size in bytes of the JSON that `getSpan` has; here `json` is `null`. */
  readonly deferred?: number
}

/** `[path, type]` or `[path, type, detail]`: the value at `path` is of `type`. */
export type PayloadMark = readonly [path: readonly (string | number)[], type: string, detail?: unknown]

/** Something that is read chunk by chunk: a `web-stream` is a `ReadableStream`, a `node-stream` a `Readable`. */
export type StreamKind = 'generator' | 'async-generator' | 'web-stream' | 'node-stream'

/** What kind of thing a call handed back, so that a replay hands back the same kind. */
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
 * How a call ended. `cancelled`: its consumer stopped early. `abandoned`: never consumed. `unfinished`: the process went
 * first, or nothing was left that could have ended it.
 */
export type SpanStatus = 'ok' | 'error' | 'cancelled' | 'abandoned' | 'unfinished'

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
  /** The order in which a parent started its children, from 0. */
  readonly seq: number
  /** The trace function key. */
  readonly key: string
  readonly name: string
  readonly type: string
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly durationMs: number
  /**
   * The places of this call's start and end among all starts and ends of its trace in the process that made it, so that
   * a replay can let calls end in the order in which they did. Numbers in a row are of one turn of the event loop.
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

export interface SpanReplay {
  readonly testRunId: string
  readonly sourceTraceId: string
  /** The recorded counterpart; absent when the recording has none. */
  readonly sourceSpanId?: string
  /** True when the answer came from the tape and the code did not run. */
  readonly mocked: boolean
}

/** What is on the tape: run events and spans, both append-only and idempotent by identity. */
export type TapeRecord = RunEvent | SpanRecord

/** Names a record: what a store keeps at most one of. */
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
