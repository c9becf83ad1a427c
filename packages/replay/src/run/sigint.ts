import { realDelay } from '@runtape/core/internal'

/** Stops a replay from outside. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** Call when the replay is over; an interrupted process then ends, and this does not resolve. */
  release(): Promise<void>
}

/** The replays that Ctrl-C stops. All of them must end in order before the process does. */
const running = new Set<AbortController>()
let wasInterrupted = false
let allOver = Promise.withResolvers<void>()

/**
 * Follows the application's signal and, if enabled, Ctrl-C: the first one stops all replays in order, a second one ends the
 * process immediately, as without a replay.
 */
export function interruptOf(signal: AbortSignal | undefined, onSigint: boolean): Interrupt {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  if (onSigint) listen(controller)
  return {
    signal: controller.signal,
    release: async () => {
      signal?.removeEventListener('abort', onAbort)
      if (onSigint) await forget(controller)
    },
  }
}

function listen(controller: AbortController): void {
  if (running.size === 0) process.on('SIGINT', interrupt)
  running.add(controller)
  if (wasInterrupted) controller.abort(interrupted())
}

function interrupt(): void {
  process.removeListener('SIGINT', interrupt)
  wasInterrupted = true
  for (const controller of running) controller.abort(interrupted())
}

const interrupted = () => new Error('the process was interrupted (SIGINT)')

async function forget(controller: AbortController): Promise<void> {
  running.delete(controller)
  const isToEnd = wasInterrupted && process.listeners('SIGINT').every(endsProcess)
  const over = allOver.promise
  if (running.size === 0) endAll()
  if (!isToEnd) return
  await over
  process.kill(process.pid, 'SIGINT')
  await realDelay(enoughToEndMs)
}

function endAll(): void {
  process.removeListener('SIGINT', interrupt)
  wasInterrupted = false
  allOver.resolve()
  allOver = Promise.withResolvers()
}

// A recorder that flushes to a slow store takes at most half of it.
const enoughToEndMs = 10_000

// Other listeners decide about the process: a recorder flushes and then lets it end.
const endsProcess = (listener: object) => Object.hasOwn(listener, Symbol.for('runtape.flushes-only.1'))
