import { type AmbientFrame, currentFrame } from '../ambient/ambient.ts'
import { RuntapeError } from '../errors.ts'

/** How to treat calls outside any replay frame while a replay runs. */
export type OutsideMode = 'refuse' | 'allow' | 'warn'

/** Calls of one function that were made outside all replayed traces while a replay ran. */
export interface OutsideCall {
  readonly key: string
  readonly name: string
  readonly count: number
  /** They did not run. */
  readonly refused: boolean
  /** They were made in a worker thread or a child process. */
  readonly isElsewhere?: boolean
}

/** Watches this process's calls outside a replay while it is in the list. */
export interface OutsideWatch {
  /** `refuse` and `allow` mean that the process belongs to the replay; under `warn` it may serve real traffic. */
  readonly mode: OutsideMode
  /** False if the running code belongs to something else, such as another test. */
  concerns(): boolean
  count(call: { readonly key: string; readonly name: string }, refused: boolean): void
}

interface Shared {
  watches: readonly OutsideWatch[] | undefined
}

const slot = Symbol.for('runtape.outside.1')
const globals = globalThis as { [slot]?: Shared }

// One object for all copies of this package: reading it is much cheaper than reading the global object.
globals[slot] ??= { watches: undefined }
const shared = globals[slot]

/** Whether anything watches: a cheap check, because every call makes it. */
export const isOutsideWatched = (): boolean => shared.watches !== undefined

/** Adds a watch; call the returned function to end it. */
export function watchOutside(watch: OutsideWatch): () => void {
  shared.watches = [...(shared.watches ?? []), watch]
  return () => {
    const left = shared.watches?.filter(each => each !== watch) ?? []
    shared.watches = left.length === 0 ? undefined : left
  }
}

/** The frame of a replay's own work: evaluators, its store, its progress listeners. */
export const ownWorkFrame: AmbientFrame = {
  parent: undefined,
  span: undefined,
  run: undefined,
  replay: undefined,
  isOwnWork: true,
}

/**
 * Call this for a call of a `mockOnReplay` function or an instrumented client that has no replay frame. Counts the call, and
 * returns the error with which it must fail, or `undefined` if it may run.
 */
export function refusalOutside(call: { readonly key: string; readonly name: string }): Error | undefined {
  if (isOwnWork()) return undefined
  const concerned = shared.watches?.filter(watch => watch.concerns()) ?? []
  const refused = concerned.some(({ mode }) => mode === 'refuse')
  for (const watch of concerned) watch.count(call, refused)
  return refused ? refusal(call.key) : undefined
}

/** Whether a record outside any replay frame is kept from the live sinks. */
export const isKeptOffLive = (): boolean =>
  shared.watches?.some(watch => watch.mode !== 'warn' && (isOwnWork() || watch.concerns())) ?? false

function isOwnWork(): boolean {
  for (let frame = currentFrame(); frame; frame = frame.parent) if (frame.isOwnWork) return true
  return false
}

function refusal(key: string): Error {
  return new RuntapeError(
    'replay-outside',
    `This call of '${key}' was not run: it was made during a replay but outside the replayed traces, for example by a queue, ` +
      'a listener or a worker that started earlier, so nothing on the tape answers it. Make it inside the replayed ' +
      "function's own async context, or pass --outside allow (outside: 'allow') to run it for real.",
  )
}
