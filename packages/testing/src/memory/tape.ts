import { type RunEvent, RuntapeError, type SpanRecord, type TestRun } from '@runtape/core'

/** All that a memory store holds, each map in order of arrival. */
export interface Tape {
  /** By identity. */
  readonly events: Map<string, RunEvent>
  /** By identity. */
  readonly spans: Map<string, SpanRecord>
  /** By test run id. */
  readonly testRuns: Map<string, TestRun>
  closed: boolean
}

export const newTape = (): Tape => ({
  events: new Map(),
  spans: new Map(),
  testRuns: new Map(),
  closed: false,
})

/** The tape, unless its store was closed. */
export function openTape(tape: Tape): Tape {
  if (!tape.closed) return tape
  throw new RuntapeError('store-closed', 'This memory store was closed. Make a new one with memoryStore().')
}

/** Run events that count: those of replays do not. */
export const liveEvents = (tape: Tape): RunEvent[] => [...tape.events.values()].filter(event => !event.replay)
