import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { RuntapeError, type Store } from '@runtape/core'
import { messageOf, outsideVariable, realTimers } from '@runtape/core/internal'
import type { LiveCall } from '@runtape/replay'
import { start } from '../process/start.ts'
import type { FromItem, StoreCall, ToItem } from './messages.ts'
import { pipeMessages } from './pipe-messages.ts'
import { programOf } from './program.ts'

/** Milliseconds that a process may take to end. */
export const graceMs = 3000

type Ran = Extract<FromItem, { kind: 'ran' }>
/** Messages other than the item. */
type Aside = Extract<FromItem, { kind: 'stray' | 'warning' }>

/** A process that replays one trace. */
export interface ItemProcess {
  /** Resolves when it has loaded its modules, or has ended. */
  readonly loaded: Promise<void>
  readonly hasEnded: boolean
  /** Rejects if the process ends before the item does. */
  run(message: Extract<ToItem, { kind: 'run' }>, onSpend: (call: LiveCall) => void): Promise<Ran>
  stop(reason: string): void
  /** Releases it. */
  end(): void
  /** Kills it. */
  kill(): void
}

/** Data from the command for the processes of items. */
export interface OfCommand {
  readonly store: Store
  aside(message: Aside): void
  /** Receives process ids, and negative ids when processes have ended. */
  started(pid: number): void
  ended(pid: number): void
}

export function startItemProcess(command: OfCommand): ItemProcess {
  const child = spawn(
    process.execPath,
    // Without the command's name.
    [...start.execArgv, programOf('item-child'), ...start.words.slice(1)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      cwd: start.folder,
      // Not a child of the replayed code: it guards its own process.
      env: { ...start.env, [outsideVariable]: '' },
    },
  )
  const { promise: ran, resolve, reject } = Promise.withResolvers<Ran>()
  const loading = Promise.withResolvers<void>()
  ran.catch(() => loading.resolve())
  let spent = (_call: LiveCall): void => {}
  const send = talk(child, message => {
    if (message.kind === 'loaded') loading.resolve()
    else if (message.kind === 'ran') resolve(message)
    else if (message.kind === 'spent') spent(message.call)
    else if (message.kind === 'failed') reject(new Error(message.message))
    else if (message.kind === 'ask') void answer(command.store, message, send)
    else command.aside(message)
  })
  let hasEnded = false
  const { pid } = child
  if (pid !== undefined) command.started(pid)
  child.once('error', reject)
  // Only after all its messages have been read.
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
    run: (message, onSpend) => {
      spent = onSpend
      send(message)
      return ran
    },
    stop: reason => send({ kind: 'stop', reason }),
    end: () => end(child),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** The item's process ended before the item did. */
export class ProcessEnded extends Error {
  readonly signal: NodeJS.Signals | null

  constructor(code: number | null, signal: NodeJS.Signals | null) {
    super(`its process ended before the item did (${signal ?? code})`)
    this.signal = signal
  }
}

/** Its pipe, if the process could be started. */
const pipeOf = ({ stdio }: ChildProcess) => stdio[3] as Socket | null | undefined

function talk(child: ChildProcess, onMessage: (message: FromItem) => void): (message: ToItem) => void {
  const pipe = pipeOf(child)
  if (!pipe) return () => {}
  // It has ended, which is reported elsewhere.
  pipe.on('error', () => {})
  return pipeMessages(pipe, onMessage)
}

// It ends itself when released, unless it never yields.
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
