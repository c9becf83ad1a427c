import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { RuntapeError, type Store } from '@runtape/core'
import { messageOf, outsideVariable, realTimers } from '@runtape/core/internal'
import { start } from '../process/start.ts'
import type { FromItem, StoreCall, ToItem } from './messages.ts'
import { pipeMessages } from './pipe-messages.ts'
import { programOf } from './program.ts'

/** How long a process may still take when it is to end, in milliseconds. */
export const graceMs = 3000

type Ran = Extract<FromItem, { kind: 'ran' }>
/** What is said beside the item. */
type Aside = Extract<FromItem, { kind: 'stray' | 'warning' }>

/** A process that replays one trace. */
export interface ItemProcess {
  /** Resolves when it has loaded what it replays, or has ended. */
  readonly loaded: Promise<void>
  readonly hasEnded: boolean
  /** Rejects when the process ends before the item does. */
  run(message: Extract<ToItem, { kind: 'run' }>): Promise<Ran>
  stop(reason: string): void
  /** Lets go of it. */
  end(): void
  /** Ends it now, whatever it does. */
  kill(): void
}

/** What the processes of items have of the command. */
export interface OfCommand {
  readonly store: Store
  aside(message: Aside): void
  /** Takes the ids of processes, and their negatives when they have ended. */
  started(pid: number): void
  ended(pid: number): void
}

export function startItemProcess(command: OfCommand): ItemProcess {
  const child = spawn(
    process.execPath,
    // Without the name of the command.
    [...start.execArgv, programOf('item-child'), ...start.words.slice(1)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      cwd: start.folder,
      // It is no child of the replayed code, and watches over its own process.
      env: { ...start.env, [outsideVariable]: '' },
    },
  )
  const { promise: ran, resolve, reject } = Promise.withResolvers<Ran>()
  const loading = Promise.withResolvers<void>()
  ran.catch(() => loading.resolve())
  const send = talk(child, message => {
    if (message.kind === 'loaded') loading.resolve()
    else if (message.kind === 'ran') resolve(message)
    else if (message.kind === 'failed') reject(new Error(message.message))
    else if (message.kind === 'ask') void answer(command.store, message, send)
    else command.aside(message)
  })
  let hasEnded = false
  const { pid } = child
  if (pid !== undefined) command.started(pid)
  child.once('error', reject)
  // Not before all that it said is read.
  child.once('close', (code, signal) => {
    hasEnded = true
    if (pid !== undefined) command.ended(pid)
    reject(new ProcessEnded(code, signal))
  })
  return {
    loaded: loading.promise,
    get hasEnded() {
      return hasEnded
    },
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
    super(`its process ended before the item did (${signal ?? code})`)
    this.signal = signal
  }
}

/** Its pipe, where it could be started. */
const pipeOf = ({ stdio }: ChildProcess) => stdio[3] as Socket | null | undefined

function talk(child: ChildProcess, onMessage: (message: FromItem) => void): (message: ToItem) => void {
  const pipe = pipeOf(child)
  if (!pipe) return () => {}
  // It has ended, which is said elsewhere.
  pipe.on('error', () => {})
  return pipeMessages(pipe, onMessage)
}

// It ends itself when it is let go of, unless it never yields.
function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  pipeOf(child)?.destroy()
  const kill = realTimers.setTimeout(() => child.kill('SIGKILL'), graceMs)
  child.once('exit', () => realTimers.clearTimeout(kill))
  child.unref()
  kill.unref()
}

async function answer(
  store: Store,
  call: { id: number } & StoreCall,
  send: (message: ToItem) => void,
): Promise<void> {
  const { id } = call
  try {
    send({ kind: 'answer', id, value: await askStore(store, call) })
  } catch (error) {
    const code = RuntapeError.isInstance(error) && { code: error.code }
    send({ kind: 'answer', id, error: { message: messageOf(error), ...code } })
  }
}

function askStore(store: Store, call: StoreCall): Promise<unknown> {
  if (call.method === 'append') return store.append(...call.args)
  if (call.method === 'get') return store.traces.get(...call.args)
  return store.traces.getSpan(...call.args)
}
