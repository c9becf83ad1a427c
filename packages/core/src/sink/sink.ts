import type { TapeRecord } from '../records/records.ts'

/**
 * Accepts records. `append` never throws and never waits: it counts records that it cannot keep and reports them elsewhere. It
 * returns `false` if the sink did not accept the record (unsupported kind, malformed, sink full or closed) or would lose it if
 * the process died now. A tracker can then record the metric again. Any other result means that the sink has the record.
 * `@runtape/testing` has the contract that every sink must pass.
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
  /** Resolves when all appended records are kept, or given up and reported. */
  flush(): Promise<void>
  /** Flushes, and accepts no more records. */
  close(): Promise<void>
}
