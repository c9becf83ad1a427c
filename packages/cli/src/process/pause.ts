import { setTimeout } from 'node:timers/promises'

/** Waits between two reads, no longer than until the signal. */
export const newPause =
  (signal: AbortSignal) =>
  (ms: number): Promise<void> =>
    setTimeout(ms, undefined, { signal }).catch(() => {})
