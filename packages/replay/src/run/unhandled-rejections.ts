import { RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame } from '@runtape/core/internal'

type Told = (reason: unknown) => void

const owners = new WeakMap<ActiveReplay, Told>()
let watchers = 0

/**
 * From now on a rejection that nobody handles in replayed code ends its item and not the process, until what is given
 * is called. Whatever runs beside a replay is left alone, and so is everything where the application listens itself.
 */
export function watchRejections(): () => void {
  if (watchers++ === 0) process.on('unhandledRejection', onRejection)
  return () => {
    if (--watchers === 0) process.removeListener('unhandledRejection', onRejection)
  }
}

/** Names who is told of the rejections that nobody handles in this replay. */
export function tellOfRejections(replay: ActiveReplay, told: Told): void {
  owners.set(replay, told)
}

function onRejection(reason: unknown): void {
  const replay = currentFrame()?.replay
  const told = replay && owners.get(replay)
  // What a replay made of a call is in its report.
  if (told && isMadeByReplay(reason)) return
  if (process.listenerCount('unhandledRejection') > 1) return
  // As without a replay: it ends the process.
  if (!told) throw reason
  told(reason)
}

const madeByReplay: ReadonlySet<string> = new Set([
  'replay-miss',
  'replay-refused',
  'replay-stopped',
  'network-refused',
])

function isMadeByReplay(reason: unknown): boolean {
  let error = reason
  // An application wraps errors a few times at most.
  for (let depth = 0; depth < 10 && error instanceof Error; depth++, error = error.cause)
    if (RuntapeError.isInstance(error) && madeByReplay.has(error.code)) return true
  return false
}
