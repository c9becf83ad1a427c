import { realTimers } from '@runtape/core/internal'

/** What keeps the event loop of this process busy: how many of each kind. */
export type ActiveResources = ReadonlyMap<string, number>

let ownTimers = 0

export function activeResources(): ActiveResources {
  const counts = new Map<string, number>([['Timeout', -ownTimers]])
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/**
 * Whether the event loop waits for nothing that it did not wait for before. Any timer at all counts: one that was there
 * before may have fired and another one taken its place.
 */
export function isIdle(before: ActiveResources): boolean {
  return Array.from(activeResources()).every(
    ([kind, count]) => count <= (timers.has(kind) ? 0 : (before.get(kind) ?? 0)),
  )
}

const timers = new Set(['Timeout', 'Immediate'])

/** A timer that does not count as an active resource. It keeps the process alive. */
export function ownTimer(ms: number, fn: () => void): void {
  ownTimers++
  realTimers.setTimeout(() => {
    fn()
    ownTimers--
  }, ms)
}
