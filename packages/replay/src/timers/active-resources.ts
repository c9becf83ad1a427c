import { realTimers } from '@runtape/core/internal'

/** What keeps the event loop of this process busy, counted by kind. */
export type ActiveResources = ReadonlyMap<string, number>

let ownTimers = 0
let ownImmediates = 0

export function activeResources(): ActiveResources {
  const counts = new Map<string, number>([
    ['Timeout', -ownTimers],
    ['Immediate', -ownImmediates],
  ])
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/**
 * Whether the event loop waits for nothing new. Every timer counts, except for a known number of later ones: an earlier timer may
 * have fired and been replaced by another.
 */
export function isIdle(before: ActiveResources, laterTimers = 0): boolean {
  const mayBe = (kind: string) => {
    if (kind === 'Timeout') return laterTimers
    return kind === 'Immediate' ? 0 : (before.get(kind) ?? 0)
  }
  return Array.from(activeResources()).every(([kind, count]) => count <= mayBe(kind))
}

/** Whether the event loop waits only for timers. Never if a connection was already open: what is awaited on it is not visible. */
export function isQuiet(before: ActiveResources): boolean {
  if (connections.some(kind => (before.get(kind) ?? 0) > 0)) return false
  return Array.from(activeResources()).every(
    ([kind, count]) => kind === 'Timeout' || count <= (kind === 'Immediate' ? 0 : (before.get(kind) ?? 0)),
  )
}

const connections = ['TCPSocketWrap', 'TLSWrap', 'UDPWrap', 'ProcessWrap', 'Worker', 'Http2Session']

/** Calls `fn` after this many milliseconds, or for 0 in the next turn. It does not count as an active resource. */
export function lookAgain(ms: number, fn: () => void): void {
  if (ms > 0) return void ownTimer(ms, fn)
  ownImmediates++
  realTimers.setImmediate(() => {
    ownImmediates--
    fn()
  })
}

/** A timer that does not count as an active resource. It keeps the process alive. Returns a function that clears it. */
export function ownTimer(ms: number, fn: () => void): () => void {
  let isOver = false
  const over = () => {
    if (!isOver) ownTimers--
    isOver = true
  }
  ownTimers++
  const timer = realTimers.setTimeout(() => {
    fn()
    over()
  }, ms)
  return () => {
    realTimers.clearTimeout(timer)
    over()
  }
}
