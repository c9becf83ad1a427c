import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Store } from '@runtape/core'
import { messageOf, outsideVariable } from '@runtape/core/internal'
import type { FromItem, StoreCall, ToItem } from './messages.ts'

/** How long a process may still take when it is to end, in milliseconds. */
export const graceMs = 3000

const program = fileURLToPath(new URL(`item-child${extname(import.meta.url)}`, import.meta.url))

type Ran = Extract<FromItem, { kind: 'ran' }>

/** A process that replays one trace. */
export interface ItemProcess {
  /** Resolves when it has loaded what it replays, or has ended. */
  readonly loaded: Promise<void>
  /** Rejects when the process ends before the item does. */
  run(message: Extract<ToItem, { kind: 'run' }>): Promise<Ran>
  stop(reason: string): void
  /** Lets go of it. */
  end(): void
  /** Ends it now, whatever it does. */
  kill(): void
}

/** @param words those that the command was called with */
export function startItemProcess(words: readonly string[], store: Store): ItemProcess {
  const child = fork(program, words, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // It is no child of the replayed code, and watches over its own process.
    env: { ...process.env, [outsideVariable]: '' },
  })
  const { promise: ran, resolve, reject } = Promise.withResolvers<Ran>()
  const loading = Promise.withResolvers<void>()
  ran.catch(() => loading.resolve())
  const send = (message: ToItem) => {
    if (child.connected) child.send(message, () => {})
  }
  child.on('message', (message: FromItem) => {
    if (message.kind === 'loaded') loading.resolve()
    else if (message.kind === 'ran') resolve(message)
    else if (message.kind === 'failed') reject(new Error(message.message))
    else void answer(store, message).then(send)
  })
  child.once('error', reject)
  child.once('exit', (code, signal) => reject(new ProcessEnded(code, signal)))
  return {
    loaded: loading.promise,
    run: message => {
      send(message)
      return ran
    },
    stop: reason => send({ kind: 'stop', reason }),
    end: () => end(child),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** The process of an item ended before the item did. */
export class ProcessEnded extends Error {
  readonly signal: NodeJS.Signals | null

  constructor(code: number | null, signal: NodeJS.Signals | null) {
    super(`its process ended before it did (${signal ?? code})`)
    this.signal = signal
  }
}

// It ends itself when it is let go of, unless it never yields.
function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  if (child.connected) child.disconnect()
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
  child.once('exit', () => clearTimeout(kill))
  child.unref()
  kill.unref()
}

async function answer(store: Store, call: { id: number } & StoreCall): Promise<ToItem> {
  const { id } = call
  try {
    return { kind: 'answer', id, value: await askStore(store, call) }
  } catch (error) {
    return { kind: 'answer', id, error: messageOf(error) }
  }
}

function askStore(store: Store, call: StoreCall): Promise<unknown> {
  if (call.method === 'append') return store.append(...call.args)
  if (call.method === 'get') return store.traces.get(...call.args)
  return store.traces.getSpan(...call.args)
}
