import { realTimers } from '@runtape/core/internal'

/** Waiters, each called when nothing is left that could resolve them. */
const waiting = new Set<() => void>()

let looks = 0

/**
 * Calls `tell` once the event loop has nothing left to do, unless the returned function was called before: the awaited event can
 * then not happen, and the process would end.
 */
export function whenStuck(tell: () => void): () => void {
  if (waiting.size === 0) process.on('beforeExit', tellAll)
  waiting.add(tell)
  looks = 0
  return () => forget(tell)
}

// Only at the second check: work of others at the first one, such as a last flush, may be what is awaited.
function tellAll(): void {
  if (looks++ === 0) return void realTimers.setImmediate(() => {})
  for (const tell of [...waiting]) {
    forget(tell)
    tell()
  }
}

function forget(tell: () => void): void {
  looks = 0
  if (waiting.delete(tell) && waiting.size === 0) process.removeListener('beforeExit', tellAll)
}
