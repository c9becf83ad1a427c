import type { SpanRecord } from '@runtape/core'
import {
  type ActiveReplay,
  type ReplayCall,
  type ReplayDecision,
  replayFrame,
  runInFrame,
} from '@runtape/core/internal'
import { tape } from './tape.ts'

type Served = Extract<ReplayDecision, { action: 'serve' }>

export interface Replayed<T> {
  readonly result: T
  readonly spans: readonly SpanRecord[]
  readonly calls: readonly ReplayCall[]
}

/** The decision of a replay that serves this span. */
export function servedFrom(span: SpanRecord): Served {
  const { spanId, resultKind, output, error, status } = span
  return {
    action: 'serve',
    sourceSpanId: spanId,
    isRecorded: true,
    resultKind,
    ...(output && { output }),
    ...(error && { error: error.value }),
    complete: status !== 'cancelled' && status !== 'abandoned',
  }
}

/** Records one call of `fn`, passes its result to `use`, and returns the span. */
export async function recordingOf<F extends (...args: never[]) => unknown>(
  fn: F,
  args: Parameters<F>,
  use: (result: ReturnType<F>) => unknown = result => result,
): Promise<SpanRecord> {
  const { traced, only } = tape()
  try {
    await use(traced('child', fn)(...args) as ReturnType<F>)
  } catch {
    // The error is on the span.
  }
  return only()
}

/** Runs `root` in a replay that answers its calls by `decide`; `recorded` is its recorded span. */
export function replayed<T>(
  decide: (call: ReplayCall) => ReplayDecision,
  root: () => T,
  recorded?: SpanRecord,
): Replayed<T> {
  const spans: SpanRecord[] = []
  const calls: ReplayCall[] = []
  const replay: ActiveReplay = {
    testRunId: 'test-1',
    traceId: '0'.repeat(31).concat('1'),
    sourceTraceId: '0'.repeat(31).concat('2'),
    rootSourceSpanId: '0'.repeat(15).concat('3'),
    sink: {
      append: record => void spans.push(record as SpanRecord),
      flush: async () => {},
      close: async () => {},
    },
    ...(recorded && { recorded: () => recorded }),
    decide: call => {
      calls.push(call)
      return decide(call)
    },
  }
  return { result: runInFrame(replayFrame(replay), root), spans, calls }
}
