import { type Cost, type RunEvent, RuntapeError, type SpanRecord, type TestRun } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { RemovedRuns } from '@runtape/core/store-helpers'

/** What stands for something that was removed. */
export interface Tombstone {
  /** Records of before this time are part of it, in milliseconds since the Unix epoch. */
  readonly until: number
  /** Whether numbers of it stay. */
  readonly keepsTotals: boolean
}

/** When something came, and after how much else. */
export interface Arrival {
  readonly revision: number
  /** Milliseconds since the Unix epoch, and never before an earlier arrival. */
  readonly at: number
}

/** All that a memory store holds, each map in order of arrival. */
export interface Tape {
  /** By identity. */
  readonly events: Map<string, RunEvent>
  /** When each event came, by identity. */
  readonly arrivals: Map<string, Arrival>
  /** Costs that came after their event, by its identity. */
  readonly prices: Map<string, Arrival & { readonly cost: Cost }>
  /** The last arrival. */
  last: Arrival
  /** By identity. */
  readonly spans: Map<string, SpanRecord>
  /** By test run id. */
  readonly testRuns: Map<string, TestRun>
  /** What was removed, by a hash of its identity. */
  readonly tombstones: Map<string, Tombstone>
  /** Runs that were there after so much had come, and were removed. */
  readonly removed: (RemovedRuns & { readonly revision: number })[]
  closed: boolean
}

export const newTape = (): Tape => ({
  events: new Map(),
  arrivals: new Map(),
  prices: new Map(),
  last: { revision: 0, at: -Infinity },
  spans: new Map(),
  testRuns: new Map(),
  tombstones: new Map(),
  removed: [],
  closed: false,
})

/** The tape, unless its store was closed. */
export function openTape(tape: Tape): Tape {
  if (!tape.closed) return tape
  throw new RuntapeError('store-closed', 'This memory store was closed. Make a new one with memoryStore().')
}

/** Run events that count: those of replays do not. */
export const liveEvents = (tape: Tape): RunEvent[] => [...tape.events.values()].filter(event => !event.replay)

/** The next arrival, at this moment. */
export function arrive(tape: Tape): Arrival {
  tape.last = { revision: tape.last.revision + 1, at: Math.max(realNow(), tape.last.at) }
  return tape.last
}
