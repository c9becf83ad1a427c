import { vi } from 'vitest'

/**
 * What `fn` resolves to, and the waits that began meanwhile, in milliseconds. How long `fn` takes says more of the
 * machine.
 */
export async function withWaits<T>(
  fn: () => Promise<T>,
): Promise<{ readonly value: T; readonly waits: number[] }> {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  try {
    const value = await fn()
    const waits = timers.mock.calls.map(([, ms = 0]) => ms)
    // A client's own limit for a request is no wait.
    return { value, waits: waits.filter(ms => ms > 1 && ms < 60_000) }
  } finally {
    timers.mockRestore()
  }
}
