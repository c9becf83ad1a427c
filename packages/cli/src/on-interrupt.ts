import type { Store } from '@runtape/core'
import { printError } from './terminal/print.ts'

const interrupted = 130

/**
 * The store, which notices a test run that begins in it: when the process is interrupted, the test run is completed as
 * such. A second interrupt ends the process at once.
 */
export function interruptible(store: Store): Store {
  const start: Store['testRuns']['start'] = async what => {
    const started = await store.testRuns.start(what)
    process.once('SIGINT', () => {
      process.once('SIGINT', () => process.exit(interrupted))
      void endAsInterrupted(store, started.testRunId)
    })
    return started
  }
  return { ...store, testRuns: { ...store.testRuns, start } }
}

async function endAsInterrupted(store: Store, testRunId: string): Promise<never> {
  try {
    await store.testRuns.complete(testRunId, 'interrupted')
    printError(`Interrupted. Test run ${testRunId} keeps what was replayed until now.`)
  } finally {
    process.exit(interrupted)
  }
}
