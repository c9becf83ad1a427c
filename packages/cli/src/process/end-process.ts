import { runInFrame } from '@runtape/core/internal'
import { printError } from '../terminal/print.ts'

// As it is before a replay guards it.
const { stdout, stderr, exit } = process
let isOver = false

let problem: NodeJS.ErrnoException | undefined

stdout.on('error', error => {
  problem ??= error
})

// What is said there is no result, and there is no place left to say that it could not be written.
stderr.on('error', () => {})

const notFoundOut = 2

/** From now on an end of the process that is not the command's own is said, and is no success. */
export function watchEnd(): void {
  // Code that kept process.exit from before the command began can still end the process.
  process.on('exit', () => {
    if (isOver) return
    printError(
      'The process ended before the command finished: loaded code ended it, or the command waits for a promise that never settles.',
    )
    process.exitCode = notFoundOut
  })
}

/** Ends the process when all is written; what a loaded module keeps open must not keep the command waiting. */
export function endProcess(code: number): void {
  stdout.write('', error => {
    const failed = problem ?? (error as NodeJS.ErrnoException | null | undefined)
    // The reader may stop before the end: `runtape runs | head`.
    if (!failed || failed.code === 'EPIPE') leave(code)
    printError(`The output could not be written: ${failed.message}.`)
    leave(notFoundOut)
  })
}

/** Ends the process now. */
export function leave(code: number): never {
  isOver = true
  // In no item's frame, whatever has led here.
  return runInFrame(undefined, () => exit.call(process, code))
}
