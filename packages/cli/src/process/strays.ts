import { guardProcess, type ProcessEnd } from '@runtape/replay/process'
import { printError } from '../terminal/print.ts'

/** Attempts to end the process by code outside every item. */
export interface Stray {
  readonly what: string
  readonly stack?: string
}

export interface Strays {
  readonly count: number
  /** Adds one from another process. */
  add(stray: Stray): void
}

/**
 * From now on application code cannot end this process, because a report must be written. Attempts outside items are printed and
 * counted.
 */
export function takeStrays(): Strays {
  let count = 0
  // Each item process may repeat what this one did.
  const said = new Set<string>()
  const add = ({ what, stack = '' }: Stray) => {
    count++
    const text = `Outside any replayed item, code ${what}. The replay continues, and its exit code is not 0.`
    // The stack may differ, because other code loads the module.
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

/** As passed between processes. */
export function strayOf({ what, cause }: ProcessEnd): Stray {
  const stack = cause instanceof Error ? cause.stack : undefined
  return { what, ...(stack !== undefined && { stack }) }
}
