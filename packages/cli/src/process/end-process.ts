import { runInFrame } from '@runtape/core/internal'
import { printError } from '../terminal/print.ts'
import { results } from './results.ts'

// The original, before a replay guards it.
const { stderr, exit } = process
let isOver = false

let problem: NodeJS.ErrnoException | undefined

results.on('error', error => {
  problem ??= error
})

/** Whether the output has failed, usually because its reader stopped early. Node resets the error of stdout itself. */
export const isOutputClosed = (): boolean => problem !== undefined

// stderr carries no results, and there is no other place to report that it failed.
stderr.on('error', () => {})

const notFoundOut = 2

/** From now on, if anything but the command ends the process, it is reported and is not a success. */
export function watchEnd(): void {
  // Code that saved process.exit before the command started can still end the process.
  process.on('exit', () => {
    if (isOver) return
    printError(
      'The process ended before the command finished: loaded code ended it, or the command waits for a promise that never settles.',
    )
    process.exitCode = notFoundOut
  })
}

/** Ends the process when all output is written; handles of a loaded module must not delay the command. */
export function endProcess(code: number): void {
  results.write('', error => {
    const failed = problem ?? (error as NodeJS.ErrnoException | null | undefined)
    // The reader may stop early: `runtape runs | head`.
    if (!failed || failed.code === 'EPIPE') leave(code)
    printError(`The output could not be written: ${failed.message}.`)
    leave(notFoundOut)
  })
}

/** Ends the process immediately. */
export function leave(code: number): never {
  isOver = true
  // In no item's frame, whatever led here.
  return runInFrame(undefined, () => exit.call(process, code))
}
