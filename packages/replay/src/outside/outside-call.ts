import type { OutsideCall, OutsideMode } from '@runtape/core/internal'

export type { OutsideCall, OutsideMode }

/** For programs that own their process, such as a test runner. */
export interface OutsideRule {
  readonly mode: OutsideMode
  /** False if the running code belongs to something else, such as another test; its calls are then allowed. */
  concerns?(): boolean
  /** Calls in worker threads and child processes. */
  elsewhere?(): readonly OutsideCall[]
}

/**
 * How to treat calls of `mockOnReplay` functions and instrumented clients that are made while the replay runs, but outside the
 * replayed traces. `refuse` fails them, and the report fails; `allow` runs and names them. Both keep records outside the replay
 * away from live sinks. `warn` is for a process that also serves real traffic: calls run and are recorded as usual, and are
 * counted.
 */
export type OutsideOption = OutsideMode | OutsideRule
