import type { RunEvent, TapeRecord } from '@runtape/core'
import type { ActiveReplay } from '@runtape/core/internal'

/**
 * What surrounds code that looks at the outcome of an item: evaluators, `onItem`, `onProgress`. Calls in it really run.
 * Run events, such as feedback by a recorded token, are of the test run and take no live slot; calls are not recorded,
 * because they are no part of what was replayed.
 */
export function outcomeReplay(replay: ActiveReplay): ActiveReplay {
  const { testRunId, traceId, sourceTraceId, rootSourceSpanId, sink } = replay
  return {
    testRunId,
    traceId,
    sourceTraceId,
    rootSourceSpanId,
    sink: {
      append: record => (isRunEvent(record) ? sink.append(record) : undefined),
      flush: () => sink.flush(),
      close: () => sink.close(),
    },
    decide: () => ({ action: 'run' }),
  }
}

const isRunEvent = (record: TapeRecord): record is RunEvent => record.kind === 'run-event'
