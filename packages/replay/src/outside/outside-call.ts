import type { OutsideCall, OutsideMode } from '@runtape/core/internal'

export type { OutsideCall, OutsideMode }

/** For programs that own their process, such as a test runner. */
export interface OutsideRule {
  readonly mode: OutsideMode
  /** False where the running code belongs to something else, such as another test; it is then let through. */
  concerns?(): boolean
  /** Calls in worker threads and child processes. */
  elsewhere?(): readonly OutsideCall[]
}

/**
 * What becomes of calls of `mockOnReplay` functions and of instrumented clients that are made while the replay runs, but
 * outside of the replayed traces: `refuse` fails them, and the report does not pass; `allow` lets them run and names
 * them; neither lets a record outside of the replay reach a live sink. `warn` is for a process that serves real traffic
 * too: they run and are recorded as ever, and are counted.
 */
export type OutsideOption = OutsideMode | OutsideRule
