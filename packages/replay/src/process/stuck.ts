import { realTimers } from '@runtape/core/internal'

/** Those that wait for something, each to be told when nothing is left that could still bring it. */
const waiting = new Set<() => void>()

let looks = 0

/**
 * Calls `tell` once the event loop has nothing left to do, unless the returned function was called before: whatever is
 * waited for then never comes, and the process would end.
 */
export function whenStuck(tell: () => void): () => void {
  if (waiting.size === 0) process.on('beforeExit', tellAll)
  waiting.add(tell)
  looks = 0
  return () => forget(tell)
}

// Only at the second look: what others do at the first, such as a last flush, may be what is waited for.
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
