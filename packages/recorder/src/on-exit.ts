import { isMainThread } from 'node:worker_threads'
import { realTimers, runBeforeLastFlush } from '@runtape/core/internal'

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
  process.on('exit', onExit)
  process.on('beforeExit', onBeforeExit)
  // First in line, so that a listener that removes itself is still seen.
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

/** However unwell a store is, a process that was asked to end does so. */
const patienceMs = 5000

async function flushAll(): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const patience = realTimers.setTimeout(resolve, patienceMs)
  await Promise.race([Promise.all(Array.from(open, flush => flush.flush())), enough])
  realTimers.clearTimeout(patience)
}

let triedBeforeExit = false

// Once: the work of a flush keeps the process alive, and is followed by another `beforeExit`.
async function onBeforeExit(): Promise<void> {
  if (triedBeforeExit) return
  triedBeforeExit = true
  // Nothing is left that could end what has not ended, and a remote store cannot be told at `exit`.
  runBeforeLastFlush()
  await flushAll()
}

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  const othersListen = process.listeners(signal).some(listener => !(flushesOnly in listener))
  // Where others listen the process may go on for a while, and its calls may still end.
  if (!othersListen) runBeforeLastFlush()
  flushAllSync()
  if (othersListen) return stepAside(signal)
  await flushAll()
  // Listening took away what the signal does by default. Where there is no other listener, it is given back.
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

// Known to a second copy of this package, which would else be taken for the application's own.
const flushesOnly = Symbol.for('runtape.flushes-only.1')
Object.defineProperty(onSignal, flushesOnly, { value: true })

/** Not seen by the listeners that come next: some (signal-exit's) end the process only where there is no other listener. */
async function stepAside(signal: NodeJS.Signals): Promise<void> {
  process.off(signal, onSignal)
  // Goes on when all listeners have been told.
  await null
  if (open.size > 0) process.prependListener(signal, onSignal)
  await flushAll()
}
