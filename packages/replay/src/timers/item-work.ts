import type { realTimers } from '@runtape/core/internal'
import type { ActiveResources } from '../run/active-resources.ts'

/** What says whether it is over. */
interface RealImmediate extends NodeJS.Immediate {
  _destroyed: boolean
}

/** What the code of one replayed item waits for beside its calls and timers: immediates, and jobs of `crypto.subtle`. */
export class ItemWork {
  readonly #immediates = new Set<RealImmediate>()
  readonly #onEnd: () => void
  #jobs = 0

  /** @param onEnd called after each of them */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  get isPending(): boolean {
    if (this.#jobs > 0) return true
    for (const immediate of this.#immediates) {
      if (!immediate._destroyed) return true
      this.#immediates.delete(immediate)
    }
    return false
  }

  /** What `setImmediate` returns: one of Node in every way. */
  setImmediate(
    make: typeof realTimers.setImmediate,
    fn: (...args: unknown[]) => void,
    args: unknown[],
  ): NodeJS.Immediate {
    const immediate = make(() => {
      this.#immediates.delete(immediate)
      try {
        fn(...args)
      } finally {
        this.#onEnd()
      }
    }) as RealImmediate
    this.#immediates.add(immediate)
    return immediate
  }

  /** Counts as pending until `job` has settled. */
  add(job: Promise<unknown>): void {
    this.#jobs++
    const done = () => {
      this.#jobs--
      this.#onEnd()
    }
    job.then(done, done)
  }
}

/** Whether the process reads or writes files, or looks up names, that it did not when the replay began. */
export function hasRequests(before: ActiveResources): boolean {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (!isRequest(kind)) continue
    const count = (counts.get(kind) ?? 0) + 1
    if (count > (before.get(kind) ?? 0)) return true
    counts.set(kind, count)
  }
  return false
}

const isRequest = (kind: string) =>
  kind.startsWith('FSReq') || kind.endsWith('ReqWrap') || kind.endsWith('CloseReq')
