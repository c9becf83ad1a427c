import type { TapeRecord } from '../records/records.ts'

/**
 * Takes records. `append` never throws and never waits: what it cannot keep it counts and reports elsewhere. It returns
 * `false` when this sink does not have the record (it is of a kind that it does not take, it is malformed, the sink is
 * full or closed) or would lose it if the process died now; a tracker then leaves the metric free. Any other result
 * means that the sink has it. `@runtape/testing` has the contract that every sink must pass.
 *
 * @example
 * ```ts
 * import type { Sink, TapeRecord } from '@runtape/core'
 *
 * const kept: TapeRecord[] = []
 * const sink: Sink = { append: record => kept.push(record), flush: async () => {}, close: async () => {} }
 * ```
 */
export interface Sink {
  append(record: TapeRecord): unknown
  /** Resolves when everything appended so far is kept or given up and reported. */
  flush(): Promise<void>
  /** Flushes, and takes nothing more. */
  close(): Promise<void>
}
