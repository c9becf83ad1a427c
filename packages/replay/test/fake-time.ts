import { AsyncResource } from 'node:async_hooks'
import { realClock } from '@runtape/core/internal'
import { vi } from 'vitest'

/**
 * Runs `work` on a clock that goes on only when nothing else does, so that its timers come exactly when they are due,
 * however busy the machine is, and what is recorded of it has exact times. Goes on for `afterMs` after it has ended; where
 * that is `Infinity`, until no timer is left.
 *
 * @param settled resolves when nothing goes on any more that takes real time
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

// A faked timer fires wherever the clock is moved on; one of Node fires in the context in which it was set.
function keepContext(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const set = globalThis[name] as (fn: () => void, ...args: unknown[]) => never
    const bound = (fn: () => void, ...args: unknown[]) => set(AsyncResource.bind(fn), ...args)
    Object.assign(globalThis, { [name]: Object.assign(bound, set) })
  }
}
