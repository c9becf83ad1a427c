import type { realTimers } from '@runtape/core/internal'
import type { ActiveResources } from './active-resources.ts'

/** Tells whether it is over. */
interface RealImmediate extends NodeJS.Immediate {
  _destroyed: boolean
}

/** What the code of one replayed item waits for besides its calls and timers: immediates, and jobs of `crypto.subtle`. */
export class ItemWork {
  readonly #immediates = new Set<RealImmediate>()
  readonly #onEnd: () => void
  #jobs = 0
  #turns = 0
  #turnsSet = 0

  /** @param onEnd called after each of them */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  get isPending(): boolean {
    return this.#jobs > 0 || this.#hasImmediates()
  }

  /** How many immediates have run; `undefined` if no other one is set. */
  get turns(): number | undefined {
    return this.#turnsSet > 0 || this.#hasImmediates() ? this.#turns : undefined
  }

  #hasImmediates(): boolean {
    for (const immediate of this.#immediates) {
      if (!immediate._destroyed) return true
      this.#immediates.delete(immediate)
    }
    return false
  }

  /** The result of `setImmediate`: a Node immediate in every way. */
  setImmediate(
    make: typeof realTimers.setImmediate,
    fn: (...args: unknown[]) => void,
    args: unknown[],
  ): NodeJS.Immediate {
    const immediate = make(() => {
      this.#immediates.delete(immediate)
      this.#turns++
      try {
        fn(...args)
      } finally {
        this.#onEnd()
      }
    }) as RealImmediate
    this.#immediates.add(immediate)
    return immediate
  }

  /**
   * Counts as pending until `job` has settled. Return the result to the code instead of `job`: observing `job` itself would
   * handle its rejection, which then would not end the process.
   */
  add<T>(job: Promise<T>): Promise<T> {
    this.#jobs++
    return finished(job, () => {
      this.#jobs--
      this.#onEnd()
    })
  }

  /** `add` for an immediate of `node:timers/promises`. */
  addTurn<T>(turn: Promise<T>): Promise<T> {
    this.#turnsSet++
    this.#jobs++
    return finished(turn, () => {
      this.#turnsSet--
      this.#turns++
      this.#jobs--
      this.#onEnd()
    })
  }
}

/** `promise.finally` with fewer microtask rounds. */
const finished = <T>(promise: Promise<T>, done: () => void): Promise<T> =>
  promise.then(
    value => {
      done()
      return value
    },
    (error: unknown) => {
      done()
      throw error
    },
  )

/** Whether the process has started reading or writing files, or looking up names, since the replay started. */
export function hasRequests(before: ActiveResources): boolean {
  const counts = new Map<string, number>()
  for (const kind of activeRequests()) {
    if (!isRequest(kind)) continue
    const count = (counts.get(kind) ?? 0) + 1
    if (count > (before.get(kind) ?? 0)) return true
    counts.set(kind, count)
  }
  return false
}

// A list of all open resources takes longer with each timer and socket of the process.
function activeRequests(): Iterable<string> {
  const { _getActiveRequests: requests } = process as { _getActiveRequests?: () => object[] }
  if (!requests) return process.getActiveResourcesInfo()
  return requests.call(process).map(({ constructor: { name } }) => (name === fileClose ? 'CloseReq' : name))
}

const fileClose = 'FileHandleCloseReq'
const isRequest = (kind: string) =>
  kind.startsWith('FSReq') || kind.endsWith('ReqWrap') || kind.endsWith('CloseReq')
