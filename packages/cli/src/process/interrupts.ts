import { constants } from 'node:os'
import { printError } from '../terminal/print.ts'
import { leave } from './end-process.ts'

/** Handling of interrupts of a command. */
export interface Interrupts {
  /** Aborts at the first interrupt. */
  readonly signal: AbortSignal
  /** The exit code of an interrupted process; undefined if it was not interrupted. */
  exitCode(): number | undefined
  /** Nothing is left to stop in order: from now on an interrupt ends the process immediately. */
  over(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// One Ctrl-C can arrive several times: from the terminal, and from each parent process that forwards it, such as npx. A second
// signal so soon is not a second key press.
const sameInterruptMs = 250

/** The first interrupt stops what follows `signal` in order; a second one ends the process immediately. */
export function watchInterrupts(): Interrupts {
  const controller = new AbortController()
  let first: { readonly code: number; readonly at: number } | undefined
  let isOver = false
  const interrupt = (name: (typeof signals)[number]) => {
    const code = exitCodeOf(name)
    if (first && performance.now() - first.at < sameInterruptMs) return
    if (first || isOver) leave(code)
    first = { code, at: performance.now() }
    printError('Interrupted: stopping in order. Interrupt again to end at once.')
    controller.abort(new Error(`the process was interrupted (${name})`))
  }
  for (const name of signals) process.on(name, interrupt)
  return {
    signal: controller.signal,
    exitCode: () => first?.code,
    over: () => {
      isOver = true
    },
  }
}

/** As shells do. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]
