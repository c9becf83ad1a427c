import type { SpanRecord } from '@runtape/core'
import { type ActiveReplay, type ReplayDecision, replayFrame, runInFrame } from '@runtape/core/internal'
import { type MemorySink, memorySink } from './memory-sink.ts'

/** The error of a model call when `replayCalls` has no answer left. */
export const noCallLeft = new Error('Nothing on the tape answers this call.')

/**
 * Runs `fn` in a replay that answers its model calls with these spans, in order, and keeps its records separate. For tests of an
 * instrumentation; `replay` of `@runtape/replay` is for applications.
 *
 * A call without a remaining span fails with `noCallLeft`, or runs if `onMiss` says so.
 */
export async function replayCalls<T>(
  recorded: readonly SpanRecord[],
  fn: () => T,
  onMiss: 'fail' | 'run' = 'fail',
): Promise<{ readonly result: Awaited<T>; readonly tape: MemorySink }> {
  const tape = memorySink()
  const left = [...recorded]
  const replay: ActiveReplay = {
    testRunId: 'test-run',
    traceId: 'a'.repeat(32),
    sourceTraceId: recorded[0]?.traceId ?? 'b'.repeat(32),
    rootSourceSpanId: '1'.repeat(16),
    sink: tape,
    decide: call => (call.type === 'model' ? decide(left, onMiss) : { action: 'run' }),
  }
  const result = await runInFrame(replayFrame(replay), fn)
  return { result, tape }
}

function decide(left: SpanRecord[], onMiss: 'fail' | 'run'): ReplayDecision {
  const span = left.shift()
  // Every other one must be loaded first, as in a replay from a store.
  if (span) return served(span, left.length % 2 === 0)
  return onMiss === 'fail' ? { action: 'fail', error: noCallLeft } : { action: 'run' }
}

function served(span: SpanRecord, loads: boolean): ReplayDecision {
  const answer = {
    ...(span.output && { output: span.output }),
    ...(span.error && { error: span.error.value }),
  }
  return {
    action: 'serve',
    sourceSpanId: span.spanId,
    resultKind: span.resultKind,
    ...(loads ? { load: async () => answer } : answer),
    complete: span.status !== 'cancelled' && span.status !== 'abandoned',
  }
}
