import { isMainThread } from 'node:worker_threads'
import { realTimers, runBeforeLastFlush } from '@runtape/core/internal'

/** Records to write when the process ends. */
export interface ExitFlush {
  /** For the last moment, when nothing can be awaited. */
  flushSync(): void
  flush(): Promise<void>
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const open = new Set<ExitFlush>()

/** Flushes when the process ends: normally, by `process.exit`, an uncaught error, or a signal. Returns the undo function. */
export function flushOnExit(flush: ExitFlush): () => void {
  if (open.size === 0) listen()
  open.add(flush)
  return () => {
    open.delete(flush)
    if (open.size === 0) unlisten()
  }
}

function listen(): void {
  process.on('exit', onExit)
  process.on('beforeExit', onBeforeExit)
  // First in line, so that listeners that remove themselves are still seen.
  if (isMainThread) for (const signal of signals) process.prependListener(signal, onSignal)
}

function unlisten(): void {
  process.off('exit', onExit)
  process.off('beforeExit', onBeforeExit)
  for (const signal of signals) process.off(signal, onSignal)
}

function onExit(): void {
  runBeforeLastFlush()
  flushAllSync()
}

function flushAllSync(): void {
  for (const flush of open) flush.flushSync()
}

/** A process that was asked to end must end, even if the store fails. */
const patienceMs = 5000

async function flushAll(): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const patience = realTimers.setTimeout(resolve, patienceMs)
  await Promise.race([Promise.all(Array.from(open, flush => flush.flush())), enough])
  realTimers.clearTimeout(patience)
}

let triedBeforeExit = false

// Once: a flush keeps the process alive, and is followed by another `beforeExit`.
async function onBeforeExit(): Promise<void> {
  if (triedBeforeExit) return
  triedBeforeExit = true
  // Nothing is left that could end the open calls, and a remote store cannot be reached in `exit`.
  runBeforeLastFlush()
  await flushAll()
}

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  const othersListen = process.listeners(signal).some(listener => !(flushesOnly in listener))
  // If others listen, the process may continue for a while, and its calls may still end.
  if (!othersListen) runBeforeLastFlush()
  flushAllSync()
  if (othersListen) return stepAside(signal)
  await flushAll()
  // Listening disabled the signal's default action. If there is no other listener, it is restored.
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

// Shared with a second copy of this package, which would otherwise look like an application's listener.
const flushesOnly = Symbol.for('runtape.flushes-only.1')
Object.defineProperty(onSignal, flushesOnly, { value: true })

/** Hidden from the listeners that follow: some (signal-exit's) end the process only if there is no other listener. */
async function stepAside(signal: NodeJS.Signals): Promise<void> {
  process.off(signal, onSignal)
  // Continues after all listeners have run.
  await null
  if (open.size > 0) process.prependListener(signal, onSignal)
  await flushAll()
}
