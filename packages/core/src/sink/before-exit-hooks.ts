import { messageOf } from '../errors.ts'
import { consoleLogger, warnSafely } from '../logger.ts'
import type { Sink } from './sink.ts'

/** @param closing the sink that is closing; absent if the whole process ends */
type Work = (closing?: Sink) => void

const slot = Symbol.for('runtape.last-flush.1')
const globals = globalThis as { [slot]?: Set<Work> }

/**
 * Runs `work` before a sink of this process flushes for the last time, so that records that exist only then still reach it: calls
 * that have not ended. Returns the undo function. `work` may run more than once, even for a single sink.
 */
export function beforeLastFlush(work: Work): () => void {
  // Stored on the global object: the sink may come from another copy of this package.
  globals[slot] ??= new Set()
  const waiting = globals[slot]
  waiting.add(work)
  return () => void waiting.delete(work)
}

/** For sinks: call when the process is about to end without waiting, or before `closing` closes. */
export function runBeforeLastFlush(closing?: Sink): void {
  for (const work of globals[slot] ?? []) {
    try {
      work(closing)
    } catch (error) {
      // The flush comes after it and must still run.
      warnSafely(consoleLogger, `A hook before the last flush failed: ${messageOf(error)}`)
    }
  }
}
