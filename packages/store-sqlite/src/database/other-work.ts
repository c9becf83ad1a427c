import { realTimers } from '@runtape/core/internal'

/** Resolves after other work of the process has run in the event loop. */
export const otherWork = (): Promise<void> => new Promise(resolve => void realTimers.setImmediate(resolve))
