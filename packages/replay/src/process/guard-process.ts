import { RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame, messageOf } from '@runtape/core/internal'
import { type ProcessEnds, patchProcess } from './patch-process.ts'

/** An event that would have ended the process. */
export interface ProcessEnd {
  /** `called process.exit(1)`, `threw an error that nothing catches: boom`. */
  readonly what: string
  /** The thrown value, if it was an error. */
  readonly cause?: unknown
  /** A listener of the application handles it, as outside a replay. */
  readonly isHeard?: true
}

export interface ProcessGuardOptions {
  /**
   * Also handles rejections of replayed code if other code listens for `unhandledRejection`, as test runners do. Default: false.
   */
  readonly ownsProcess?: boolean
  /**
   * Leaves errors and rejections to `process.on` listeners if there are any, because they can only be the application's: no item
   * fails, and a warning names them. Default: false.
   */
  readonly leavesHeard?: boolean
  /** Handles events outside items. Default: they end the process, as without a guard. */
  readonly onStray?: (end: ProcessEnd) => void
}

type Told = (end: ProcessEnd) => void

interface Owner {
  readonly told: Told
  /** Whether the code no longer belongs to the item, but to code that inspects its result. */
  isApart(): boolean
}

const owners = new WeakMap<ActiveReplay, Owner>()
const guards = new Set<ProcessGuardOptions>()
let unpatch: (() => void) | undefined

/**
 * Until the returned function is called, replayed code does not end this process: an uncaught error, an unhandled rejection,
 * `process.exit`, `process.abort` and a signal to this process fail the item whose code caused it. Other code is not affected,
 * unless `onStray` is given. `replay` calls it itself; a program that owns its process calls it before it loads the application.
 *
 * @example
 * ```ts
 * import { guardProcess } from '@runtape/replay/process'
 *
 * const release = guardProcess({ leavesHeard: true, onStray: ({ what }) => console.error(`Something ${what}.`) })
 * await import('./agent.ts')
 * release()
 * ```
 */
export function guardProcess(options: ProcessGuardOptions = {}): () => void {
  unpatch ??= patchProcess({ threw: takeThrown, rejected: takeRejected, ends: takeEnd })
  guards.add(options)
  return () => {
    guards.delete(options)
    if (guards.size > 0) return
    unpatch?.()
    unpatch = undefined
  }
}

/**
 * Registers the listener for events that would end the process in this replay.
 *
 * @param isApart while it returns true, listeners for errors get them instead
 */
export function tellOfProcessEnds(replay: ActiveReplay, told: Told, isApart = () => false): void {
  owners.set(replay, { told, isApart })
}

const takeThrown: ProcessEnds['threw'] = (cause, isRejection) => {
  const owner = ownerHere()
  // A replay's treatment of a call is in its report.
  if (owner && isMadeByReplay(cause)) return true
  const what = isRejection ? rejected(cause) : `threw an error that nothing catches: ${text(cause)}`
  const listens = process.listenerCount('uncaughtException') > 0
  if (listens && isLeft(owner, { what, cause })) return false
  // An application that listens handles its own errors.
  const taker = owner?.told ?? (listens ? undefined : strayTaker())
  taker?.({ what, cause })
  return taker !== undefined
}

const takeRejected: ProcessEnds['rejected'] = cause => {
  const owner = ownerHere()
  if (owner && isMadeByReplay(cause)) return true
  const end = { what: rejected(cause), cause }
  const listens = process.listenerCount('unhandledRejection') > 0
  if (!owner || (listens && (isLeft(owner, end) || !some('ownsProcess')))) return false
  owner.told(end)
  return true
}

/** Whether only its listeners handle it. */
function isLeft(owner: Owner | undefined, end: ProcessEnd): boolean {
  if (owner?.isApart()) return true
  if (!some('leavesHeard')) return false
  owner?.told({ ...end, isHeard: true })
  return true
}

const takeEnd: ProcessEnds['ends'] = what => {
  const taker = ownerHere()?.told ?? strayTaker()
  if (!taker) return undefined
  taker({ what })
  return new RuntapeError(
    'process-end',
    `${what} does not end the process during a replay: the item fails instead.`,
  )
}

/** Tells the owner of the process what no report can contain any more; false if there is no owner. */
export function tellStray(end: ProcessEnd): boolean {
  const taker = strayTaker()
  taker?.(end)
  return taker !== undefined
}

const rejected = (cause: unknown) => `rejected a promise that nothing handles: ${text(cause)}`

const some = (option: 'ownsProcess' | 'leavesHeard') => Array.from(guards).some(guard => guard[option])

const strayTaker = (): Told | undefined => Array.from(guards).find(({ onStray }) => onStray)?.onStray

function ownerHere(): Owner | undefined {
  const replay = currentFrame()?.replay
  return replay && owners.get(replay)
}

const text = (cause: unknown) => messageOf(cause).replace(/\.$/, '')

const madeByReplay: ReadonlySet<string> = new Set([
  'replay-miss',
  'replay-refused',
  'replay-stopped',
  'process-end',
  'network-refused',
])

function isMadeByReplay(reason: unknown): boolean {
  let error = reason
  // Applications wrap errors a few times at most.
  for (let depth = 0; depth < 10 && error instanceof Error; depth++, error = error.cause)
    if (RuntapeError.isInstance(error) && madeByReplay.has(error.code)) return true
  return false
}
