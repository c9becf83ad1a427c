import { RuntapeError } from '@runtape/core'
import { type ActiveReplay, currentFrame, messageOf } from '@runtape/core/internal'
import { type ProcessEnds, patchProcess } from './patch-process.ts'

/** What would have ended the process. */
export interface ProcessEnd {
  /** `called process.exit(1)`, `threw an error that nothing catches: boom`. */
  readonly what: string
  /** What was thrown, where that was it. */
  readonly cause?: unknown
}

export interface ProcessGuardOptions {
  /**
   * Also takes rejections of replayed code where something else listens for `unhandledRejection`, as a test runner does.
   * Default: false.
   */
  readonly ownsProcess?: boolean
  /** Takes what no replayed item did. Default: it ends the process, as without a guard. */
  readonly onStray?: (end: ProcessEnd) => void
}

type Told = (end: ProcessEnd) => void

const owners = new WeakMap<ActiveReplay, Told>()
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
 * const release = guardProcess({ ownsProcess: true, onStray: ({ what }) => console.error(`Something ${what}.`) })
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

/** Names who is told of what would end the process in this replay. */
export function tellOfProcessEnds(replay: ActiveReplay, told: Told): void {
  owners.set(replay, told)
}

const takeThrown: ProcessEnds['threw'] = (cause, isRejection) => {
  const told = ownerHere()
  // What a replay made of a call is in its report.
  if (told && isMadeByReplay(cause)) return true
  // An application that listens decides about its own errors.
  const taker = told ?? (process.listenerCount('uncaughtException') > 0 ? undefined : strayTaker())
  taker?.({
    what: isRejection ? rejected(cause) : `threw an error that nothing catches: ${text(cause)}`,
    cause,
  })
  return taker !== undefined
}

const takeRejected: ProcessEnds['rejected'] = cause => {
  const told = ownerHere()
  if (told && isMadeByReplay(cause)) return true
  const listens = process.listenerCount('unhandledRejection') > 0
  if (!told || (listens && !isOwned())) return false
  told({ what: rejected(cause), cause })
  return true
}

const takeEnd: ProcessEnds['ends'] = what => {
  const taker = ownerHere() ?? strayTaker()
  if (!taker) return undefined
  taker({ what })
  return new RuntapeError(
    'process-end',
    `${what} ends no process during a replay: the item fails in its place.`,
  )
}

const rejected = (cause: unknown) => `rejected a promise that nothing handles: ${text(cause)}`

const isOwned = () => Array.from(guards).some(({ ownsProcess }) => ownsProcess)

const strayTaker = (): Told | undefined => Array.from(guards).find(({ onStray }) => onStray)?.onStray

function ownerHere(): Told | undefined {
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
