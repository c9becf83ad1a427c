import { setTimeout } from 'node:timers/promises'

/** Stops a replay from outside. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** To be called when the replay is over; a process that was to be interrupted then is, and this does not resolve. */
  release(): Promise<void>
}

/**
 * Follows the signal of the application and, where asked, Ctrl-C: the first one stops the replay in order, a second one
 * ends the process at once, as it does without a replay.
 */
export function interruptOf(signal: AbortSignal | undefined, onSigint: boolean): Interrupt {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  const interrupt = () => {
    process.removeListener('SIGINT', interrupt)
    controller.abort(new Error('the process was interrupted (SIGINT)'))
  }
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  if (onSigint) process.on('SIGINT', interrupt)
  return {
    signal: controller.signal,
    release: async () => {
      signal?.removeEventListener('abort', onAbort)
      const wasInterrupted = onSigint && !process.listeners('SIGINT').includes(interrupt)
      process.removeListener('SIGINT', interrupt)
      if (!wasInterrupted || !process.listeners('SIGINT').every(endsProcess)) return
      process.kill(process.pid, 'SIGINT')
      await setTimeout(enoughToEndMs)
    },
  }
}

// A recorder that flushes to a slow store takes half of it at most.
const enoughToEndMs = 10_000

// Whoever else listens decides about the process; a recorder flushes and lets it end.
const endsProcess = (listener: object) => Object.hasOwn(listener, Symbol.for('runtape.flushes-only.1'))
