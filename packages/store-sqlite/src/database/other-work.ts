import { realTimers } from '@runtape/core/internal'

/** Resolves when other work of the process has had its turn of the event loop. */
export const otherWork = (): Promise<void> => new Promise(resolve => void realTimers.setImmediate(resolve))
