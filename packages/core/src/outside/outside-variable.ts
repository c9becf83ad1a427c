import { appendFileSync, existsSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { watchOutside } from './outside-calls.ts'

/**
 * The environment variable that tells worker threads and child processes of a replay. It is there before the
 * application is loaded, since pools are made then, and read when `@runtape/trace` or
 * `@runtape/tracker` is loaded there.
 */
export const outsideVariable = 'RUNTAPE_OUTSIDE'

/** What the variable says, as JSON. */
export interface OutsideOrders {
  /** The process and the thread that the replay runs in. */
  readonly pid: number
  readonly threadId: number
  readonly mode: 'refuse' | 'allow'
  /** Where calls are noted, a line each. */
  readonly file: string
  /** Only while that file is there; else as long as the process runs, also when its parent has ended. */
  readonly whileFile: boolean
}

const slot = Symbol.for('runtape.outside-variable.1')
const globals = globalThis as { [slot]?: true }

/** Obeys the variable, if it is set by another process or thread. Once per process. */
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

// It may not be possible: under the permission model, or when the folder is gone with the replay.
function note(file: string, line: string): void {
  try {
    appendFileSync(file, `${line}\n`)
  } catch {}
}
