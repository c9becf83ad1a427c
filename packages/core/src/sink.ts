import type { TapeRecord } from './records.ts'

/**
 * Takes records. `append` never throws and never waits: what it cannot keep it counts and reports elsewhere.
 *
 * @example
 * ```ts
 * import type { Sink, TapeRecord } from '@runtape/core'
 *
 * const kept: TapeRecord[] = []
 * const sink: Sink = { append: record => void kept.push(record), flush: async () => {}, close: async () => {} }
 * ```
 */
export interface Sink {
  append(record: TapeRecord): void
  /** Resolves when everything appended so far is kept or given up and reported. */
  flush(): Promise<void>
  /** Flushes, and takes nothing more. */
  close(): Promise<void>
}
