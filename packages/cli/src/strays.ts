import { guardProcess } from '@runtape/replay/process'
import { printError } from './terminal/print.ts'

/** How often code that no replayed item called would have ended the process. */
export interface Strays {
  readonly count: number
  /** Adds those of another process. */
  add(count: number): void
}

/**
 * From now on no code of the application ends this process: there is a report to write. What no item did is printed, and
 * counted.
 */
export function takeStrays(): Strays {
  let count = 0
  guardProcess({
    leavesHeard: true,
    onStray: ({ what, cause }) => {
      count++
      printError(`Outside of any replayed item code ${what}. The replay goes on, and its exit code is not 0.`)
      if (cause instanceof Error && cause.stack !== undefined) printError(cause.stack)
    },
  })
  return {
    get count() {
      return count
    },
    add: more => {
      count += more
    },
  }
}
