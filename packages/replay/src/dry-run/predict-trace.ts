import type { SpanRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { recordedArguments } from '../match/recorded-trace.ts'
import type { Prediction } from './predict-call.ts'
import type { PredictedCost } from './predicted-cost.ts'

/** A recorded call that a replay of unchanged code would make. */
export interface PredictedCall extends Prediction {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly sourceSpanId: string
  /** The surrounding call, which runs. */
  readonly parentSpanId?: string
}

/** A trace that would be replayed. */
export interface PredictedItem {
  readonly sourceTraceId: string
  readonly sourceSpanId?: string
  /** In milliseconds since the Unix epoch; absent if the trace cannot be loaded. */
  readonly startedAt?: number
  /** The recorded arguments; empty if they are not on the tape. */
  readonly input: readonly unknown[]
  /** Why it cannot be replayed at all. */
  readonly error?: string
  /** In the order of recording, without calls under a call that does not run. */
  readonly calls: readonly PredictedCall[]
  /** Cost over all attempts. */
  readonly cost: PredictedCost
}

export interface PredictedTrace {
  readonly input: readonly unknown[]
  readonly error?: string
  readonly calls: readonly PredictedCall[]
  /** Spans of the predicted calls and of calls under those that run, to price them. Answered ones are marked as `mocked`. */
  readonly spans: readonly SpanRecord[]
}

/** Predicts the calls of one trace, assuming that the code makes the recorded ones. */
export function predictTrace(trace: Trace, predict: (span: SpanRecord) => Prediction): PredictedTrace {
  const given = argumentsOf(trace)
  // The function does not start without its arguments.
  if ('error' in given) return { input: [], error: given.error, calls: [], spans: [] }
  const calls: PredictedCall[] = []
  const spans: SpanRecord[] = [live(trace.root)]
  const running = new Set([trace.root.spanId])
  // Parents come before their children. Calls under one that does not run are not made.
  for (const span of trace.spans) {
    const { spanId, parentSpanId, key, name, type } = span
    if (spanId === trace.root.spanId || parentSpanId === undefined || !running.has(parentSpanId)) continue
    const prediction = predict(span)
    if (prediction.what === 'run') running.add(spanId)
    spans.push(prediction.what === 'run' ? live(span) : answered(span, trace.traceId))
    calls.push({ key, name, type, sourceSpanId: spanId, parentSpanId, ...prediction })
  }
  return { input: given.input, calls, spans }
}

function argumentsOf(trace: Trace): { input: readonly unknown[] } | { error: string } {
  try {
    return { input: recordedArguments(trace) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

function live(span: SpanRecord): SpanRecord {
  const { replay: _, ...rest } = span
  return rest
}

const answered = (span: SpanRecord, sourceTraceId: string): SpanRecord => ({
  ...span,
  replay: { testRunId: '', sourceTraceId, mocked: true },
})
