import type { TapeRecord } from './records.ts'

/**
 * Takes records. `append` never throws and never waits: what it cannot keep it counts and reports elsewhere. A sink that
 * knows that a record is not kept, or would be lost if the process died now, gives `false`; a tracker then leaves the
 * metric free. Any other result counts as kept.
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
