import { AsyncResource } from 'node:async_hooks'
import { realClock } from '@runtape/core/internal'
import { vi } from 'vitest'

/**
 * Runs `work` on a clock that advances only when nothing else runs, so that its timers fire exactly when due, on any
 * machine, and its recording has exact times. Continues for `afterMs` after the end of `work`; with `Infinity`,
 * until no timer is left.
 *
 * @param settled resolves when all work that takes real time has ended
 */
export async function inFakeTime<T>(
  work: () => Promise<T>,
  afterMs = 100_000,
  settled = async () => {},
): Promise<T> {
  const toFake = [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'Date',
    'performance',
  ] as const
  vi.useFakeTimers({ toFake: [...toFake], now: 1_700_000_000_000 })
  const fake = performance
  keepContext()
  const now = vi.spyOn(realClock, 'now').mockImplementation(() => fake.now())
  try {
    let isOver = false
    const ended = work().finally(() => {
      isOver = true
    })
    ended.catch(() => {})
    for (let step = 0; !isOver && step < 10_000; step++) {
      await settled()
      await vi.advanceTimersToNextTimerAsync()
    }
    if (afterMs < Number.POSITIVE_INFINITY) await vi.advanceTimersByTimeAsync(afterMs)
    else while (vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync()
    return await ended
  } finally {
    now.mockRestore()
    vi.useRealTimers()
  }
}

// A faked timer fires in the context that advances the clock; a Node timer fires in the context that set it.
function keepContext(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const set = globalThis[name] as (fn: () => void, ...args: unknown[]) => never
    const bound = (fn: () => void, ...args: unknown[]) => set(AsyncResource.bind(fn), ...args)
    Object.assign(globalThis, { [name]: Object.assign(bound, set) })
  }
}
