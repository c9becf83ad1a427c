import { RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame, messageOf } from '@runtape/core/internal'
import { type ProcessEnds, patchProcess } from './patch-process.ts'

/** What would have ended the process. */
export interface ProcessEnd {
  /** `called process.exit(1)`, `threw an error that nothing catches: boom`. */
  readonly what: string
  /** What was thrown, where that was it. */
  readonly cause?: unknown
  /** A listener of the application takes care of it, as it does outside of a replay. */
  readonly isHeard?: true
}

export interface ProcessGuardOptions {
  /**
   * Also takes rejections of replayed code where something else listens for `unhandledRejection`, as a test runner does.
   * Default: false.
   */
  readonly ownsProcess?: boolean
  /**
   * Leaves errors and rejections for which something listens by `process.on` to these listeners, because they can only be
   * the application's: no item fails of them, and a warning names them. Default: false.
   */
  readonly leavesHeard?: boolean
  /** Takes what no replayed item did. Default: it ends the process, as without a guard. */
  readonly onStray?: (end: ProcessEnd) => void
}

type Told = (end: ProcessEnd) => void

interface Owner {
  readonly told: Told
  /** Whether the code is no longer the item's, but of who looks at it when it has ended. */
  isApart(): boolean
}

const owners = new WeakMap<ActiveReplay, Owner>()
const guards = new Set<ProcessGuardOptions>()
let unpatch: (() => void) | undefined

/**
 * Until the returned function is called, replayed code does not end this process: an error that nothing catches, a
 * rejection that nothing handles, `process.exit`, `process.abort` and a signal to this very process fail the item whose
 * code it was. What other code does is left as it is, unless `onStray` takes it. `replay` calls it itself; a program that
 * owns its process calls it before it loads the application.
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
 * Names the listener for what would end the process in this replay.
 *
 * @param isApart while it says so, whoever listens for an error gets it in their place
 */
export function tellOfProcessEnds(replay: ActiveReplay, told: Told, isApart = () => false): void {
  owners.set(replay, { told, isApart })
}

const takeThrown: ProcessEnds['threw'] = (cause, isRejection) => {
  const owner = ownerHere()
  // What a replay made of a call is in its report.
  if (owner && isMadeByReplay(cause)) return true
  const what = isRejection ? rejected(cause) : `threw an error that nothing catches: ${text(cause)}`
  const listens = process.listenerCount('uncaughtException') > 0
  if (listens && isLeft(owner, { what, cause })) return false
  // An application that listens decides about its own errors.
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

/** Whether it is the business of who listens alone. */
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

/** Tells the owner of the process of what no report can have any more; false where there is none. */
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
  // An application wraps errors a few times at most.
  for (let depth = 0; depth < 10 && error instanceof Error; depth++, error = error.cause)
    if (RuntapeError.isInstance(error) && madeByReplay.has(error.code)) return true
  return false
}
