import { vi } from 'vitest'

/**
 * Runs `fn` and returns its result with the timers that it started, in milliseconds: how long `fn` takes would depend on the
 * machine.
 */
export async function withWaits<T>(
  fn: () => Promise<T>,
): Promise<{ readonly value: T; readonly waits: number[] }> {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  try {
    const value = await fn()
    const waits = timers.mock.calls.map(([, ms = 0]) => ms)
    // A client's own request timeout is not a wait.
    return { value, waits: waits.filter(ms => ms > 1 && ms < 60_000) }
  } finally {
    timers.mockRestore()
  }
}
