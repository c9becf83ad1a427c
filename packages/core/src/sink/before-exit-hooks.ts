import { messageOf } from '../errors.ts'
import { consoleLogger, warnSafely } from '../logger.ts'
import type { Sink } from './sink.ts'

/** @param closing the sink that takes nothing more; absent where that is the whole process */
type Work = (closing?: Sink) => void

const slot = Symbol.for('runtape.last-flush.1')
const globals = globalThis as { [slot]?: Set<Work> }

/**
 * Runs `work` before a sink of this process flushes for the last time, so that what is only known then still gets
 * there: calls that have not ended. Returns the undo. `work` may run more than once, also for a single sink.
 */
export function beforeLastFlush(work: Work): () => void {
  // On the global object: the sink may come from another copy of this package.
  globals[slot] ??= new Set()
  const waiting = globals[slot]
  waiting.add(work)
  return () => void waiting.delete(work)
}

/** For sinks, when the process is about to end and nothing will hold it up, or when `closing` is about to be closed. */
export function runBeforeLastFlush(closing?: Sink): void {
  for (const work of globals[slot] ?? []) {
    try {
      work(closing)
    } catch (error) {
      // The flush comes after it, and must come.
      warnSafely(consoleLogger, `A hook before the last flush failed: ${messageOf(error)}`)
    }
  }
}
