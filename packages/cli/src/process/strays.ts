import { guardProcess, type ProcessEnd } from '@runtape/replay/process'
import { printError } from '../terminal/print.ts'

/** What code that no replayed item called did, which would have ended the process. */
export interface Stray {
  readonly what: string
  readonly stack?: string
}

export interface Strays {
  readonly count: number
  /** Adds one of another process. */
  add(stray: Stray): void
}

/**
 * From now on no code of the application ends this process: there is a report to write. What no item did is printed, and
 * counted.
 */
export function takeStrays(): Strays {
  let count = 0
  // Each process of an item may do what this one did.
  const said = new Set<string>()
  const add = ({ what, stack = '' }: Stray) => {
    count++
    const text = `Outside any replayed item, code ${what}. The replay continues, and its exit code is not 0.`
    // How it came there may differ, as the module is loaded by other code.
    const where = text + (/^ +at .*$/m.exec(stack)?.[0] ?? '')
    if (said.has(where)) return
    said.add(where)
    printError(text)
    if (stack !== '') printError(stack)
  }
  guardProcess({ leavesHeard: true, onStray: end => add(strayOf(end)) })
  return {
    get count() {
      return count
    },
    add,
  }
}

/** As it goes from process to process. */
export function strayOf({ what, cause }: ProcessEnd): Stray {
  const stack = cause instanceof Error ? cause.stack : undefined
  return { what, ...(stack !== undefined && { stack }) }
}
