import { isMainThread } from 'node:worker_threads'

/** What is written when the process ends. */
export interface ExitFlush {
  /** For the last moment, in which nothing can be awaited. */
  flushSync(): void
  flush(): Promise<void>
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const open = new Set<ExitFlush>()

/** Flushes when the process ends: by itself, by `process.exit`, an uncaught error, or a signal. Returns the undo. */
export function flushOnExit(flush: ExitFlush): () => void {
  if (open.size === 0) listen()
  open.add(flush)
  return () => {
    open.delete(flush)
    if (open.size === 0) unlisten()
  }
}

function listen(): void {
  process.on('exit', flushAllSync)
  process.on('beforeExit', flushAll)
  // First in line, so that a listener that removes itself is still seen.
  if (isMainThread) for (const signal of signals) process.prependListener(signal, onSignal)
}

function unlisten(): void {
  process.off('exit', flushAllSync)
  process.off('beforeExit', flushAll)
  for (const signal of signals) process.off(signal, onSignal)
}

function flushAllSync(): void {
  for (const flush of open) flush.flushSync()
}

async function flushAll(): Promise<void> {
  await Promise.all(Array.from(open, flush => flush.flush()))
}

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  const othersListen = process.listenerCount(signal) > 1
  flushAllSync()
  await flushAll()
  // Listening took away what the signal does by default. Where nobody else listens, it is given back.
  if (othersListen) return
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}
