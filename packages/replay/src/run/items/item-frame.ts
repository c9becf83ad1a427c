import type { RunEvent, TapeRecord } from '@runtape/core'
import type { ActiveReplay } from '@runtape/core/internal'

/**
 * The frame of code that inspects an item's result: evaluators, `onItem`, `onProgress`. Calls in it run for real. Run events,
 * such as feedback with a recorded token, belong to the test run and take no live slot; calls are not recorded, because they are
 * not part of the replay.
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
