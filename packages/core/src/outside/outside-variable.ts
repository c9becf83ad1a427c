import { appendFileSync, existsSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { watchOutside } from './outside-calls.ts'

/**
 * The environment variable that informs worker threads and child processes of a replay. It is set before the application is
 * loaded, because pools may start then. `@runtape/trace` and `@runtape/tracker` read it when they are loaded there.
 */
export const outsideVariable = 'RUNTAPE_OUTSIDE'

/** The value of the variable, as JSON. */
export interface OutsideOrders {
  /** The process and the thread that the replay runs in. */
  readonly pid: number
  readonly threadId: number
  readonly mode: 'refuse' | 'allow'
  /** File to which calls are appended, one per line. */
  readonly file: string
  /** Applies only while that file exists; otherwise as long as the process runs, even after its parent has ended. */
  readonly whileFile: boolean
}

const slot = Symbol.for('runtape.outside-variable.1')
const globals = globalThis as { [slot]?: true }

/** Applies the variable if another process or thread has set it. Once per process. */
export function obeyOutsideVariable(): void {
  if (globals[slot]) return
  globals[slot] = true
  const text = globalThis.process?.env?.[outsideVariable]
  const orders = text ? parse(text) : undefined
  if (!orders || isOwner(orders)) return
  const { mode, file, whileFile } = orders
  watchOutside({
    mode,
    concerns: () => !whileFile || existsSync(file),
    count: ({ key, name }, refused) => note(file, JSON.stringify({ key, name, refused })),
  })
}

const isOwner = ({ pid, threadId: thread }: OutsideOrders): boolean =>
  pid === process.pid && thread === threadId

// Another version may have written it in another format.
function parse(text: string): OutsideOrders | undefined {
  try {
    const orders = JSON.parse(text) as OutsideOrders
    return typeof orders?.file === 'string' ? orders : undefined
  } catch {
    return undefined
  }
}

// May fail: under the permission model, or when the folder was removed with the replay.
function note(file: string, line: string): void {
  try {
    appendFileSync(file, `${line}\n`)
  } catch {}
}
