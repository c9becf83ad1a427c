import type { RunEvent, Sink, TapeRecord } from '@runtape/core'
import type { ActiveReplay } from '@runtape/core/internal'
import { type Clock, createTracker, type Tracker, type TrackerInit } from '../src/index.ts'

/** A sink that shows what it was given. */
export interface SeenSink extends Sink {
  readonly events: RunEvent[]
  /** `[metric, value]` of every event. */
  seen(): [string, unknown][]
}

export function seenSink(): SeenSink {
  const events: RunEvent[] = []
  return {
    events,
    seen: () => events.map(({ metric, value }) => [metric, value]),
    append: (record: TapeRecord) => void events.push(record as RunEvent),
    flush: async () => {},
    close: async () => {},
  }
}

/** A clock that stands still until a test advances it. */
export interface TestClock extends Clock {
  advance(ms: number): void
}

export function testClock(): TestClock {
  let time = 1000
  return {
    now: () => 1_767_225_600_000 + time,
    monotonic: () => time,
    advance: ms => {
      time += ms
    },
  }
}

export interface Desk {
  readonly tracker: Tracker
  readonly sink: SeenSink
  readonly clock: TestClock
  readonly warnings: string[]
}

/** A tracker with everything around it that a test looks at. */
export function desk(init: Partial<TrackerInit> = {}): Desk {
  const sink = seenSink()
  const clock = testClock()
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const tracker = createTracker({
    sink,
    clock,
    logger,
    configKey: 'support-answer',
    fromConfig: true,
    ...init,
  })
  return { tracker, sink, clock, warnings }
}

/** A replay whose records are shown by the sink. */
export function replayInto(sink: Sink, traceId = 'replayed-trace', testRunId = 'test-run'): ActiveReplay {
  const decide = () => ({ action: 'run' }) as const
  return { testRunId, traceId, sourceTraceId: 'source', rootSourceSpanId: 'root', sink, decide }
}

/** Everything that an async iterable gives. */
export async function readAll<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const chunk of chunks) read.push(chunk)
  return read
}
