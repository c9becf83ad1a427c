import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { RuntapeError } from '@runtape/core'
import { messageOf, outsideVariable, realTimers } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { IsolatedItem } from '@runtape/replay'
import { type BaselinePlace, baselineVariable, start } from '../process/start.ts'
import type { FromItem, Loaded, StoreCall, ToItem } from './messages.ts'
import { pipeMessages } from './pipe-messages.ts'
import { programOf } from './program.ts'
import { type Ran, RunningItems } from './running-items.ts'

/** Milliseconds that a process may take to end. */
export const graceMs = 3000

/** Messages other than the item. */
type Aside = Extract<FromItem, { kind: 'stray' | 'warning' }>

/** A process that replays one trace. */
export interface ItemProcess {
  /** Resolves when it has loaded its modules, or could not, or has ended. */
  readonly loaded: Promise<Loaded>
  readonly hasEnded: boolean
  /** Different for each process. */
  readonly pid: number
  /** Rejects if the process ends before the item does. */
  run(item: IsolatedItem): Promise<Ran>
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

/** How a process of items is started. Default: as the command was. */
export interface Launch {
  readonly cwd?: string
  /** Added to the environment; `undefined` removes a variable. */
  readonly env?: NodeJS.ProcessEnv
  /** The arguments of `runtape replay`, without its name. */
  readonly words?: readonly string[]
}

/** Where a process replays other code than the command's. */
export interface Place extends BaselinePlace {
  readonly cwd: string
}

/** Replays the code that is checked out in another place. */
export const launchIn = ({ cwd, folder, top, checkout }: Place): Launch => ({
  cwd,
  env: { [baselineVariable]: JSON.stringify({ folder, top, checkout }) },
})

export function startItemProcess(command: OfCommand, launch: Launch = {}): ItemProcess {
  const child = spawn(
    process.execPath,
    // Without the command's name.
    [...start.execArgv, programOf('isolation/item-child'), ...(launch.words ?? start.words.slice(1))],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      cwd: launch.cwd ?? start.folder,
      // Not a child of the replayed code: it guards its own process.
      env: { ...start.env, [outsideVariable]: '', ...launch.env },
    },
  )
  const items = new RunningItems()
  const loading = Promise.withResolvers<Loaded>()
  const endAll = (error: Error) => {
    loading.resolve({ problem: error.message })
    items.end(error)
  }
  const send = talk(child, message => {
    if (message.kind === 'loaded') loading.resolve(message)
    else if (message.kind === 'ask') void answer(command.store, message, send)
    else if (message.kind === 'stray' || message.kind === 'warning') command.aside(message)
    else items.take(message)
  })
  let hasEnded = false
  const { pid } = child
  if (pid !== undefined) command.started(pid)
  child.once('error', endAll)
  // Only after all its messages have been read.
  child.once('close', (code, signal) => {
    hasEnded = true
    if (pid !== undefined) command.ended(pid)
    endAll(new ProcessEnded(code, signal))
  })
  return {
    loaded: loading.promise,
    pid: pid ?? 0,
    get hasEnded() {
      return hasEnded
    },
    run: ({ source, testRunId, expected, onSpend }) => {
      const { id, ran } = items.add(onSpend)
      send({ kind: 'run', id, source, testRunId, ...(expected && { expected }) })
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
