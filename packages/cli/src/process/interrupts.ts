import { constants } from 'node:os'
import { printError } from '../terminal/print.ts'
import { leave } from './end-process.ts'

/** What becomes of a command whose process is asked to end. */
export interface Interrupts {
  /** Aborts at the first interrupt. */
  readonly signal: AbortSignal
  /** The exit code of an interrupted process; undefined while it is not. */
  exitCode(): number | undefined
  /** There is nothing left that could be stopped in order: from now on an interrupt ends the process at once. */
  over(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// One Ctrl-C can arrive several times: from the terminal, and from each process around this one that hands it on, npx
// among them. So soon after the first no person has pressed again.
const sameInterruptMs = 250

/** The first interrupt stops in order what follows `signal`; a second one ends the process at once. */
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

/** As a shell has it. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]
