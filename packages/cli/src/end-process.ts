import { printError } from './terminal/print.ts'

const { stdout, stderr } = process
let isOver = false

let problem: NodeJS.ErrnoException | undefined

stdout.on('error', error => {
  problem ??= error
})

// What is said there is no result, and there is no place left to say that it could not be written.
stderr.on('error', () => {})

// Code that is replayed may call process.exit, or wait for what nothing will ever do: that is no success of the command.
process.on('exit', () => {
  if (isOver) return
  printError(
    'The process ended before the command did: code that was loaded called process.exit, or waits for what nothing will ever do. --timeout fails an item that waits.',
  )
  process.exitCode = notFoundOut
})

const notFoundOut = 2

/** Ends the process when all is written; what a loaded module keeps open must not keep the command waiting. */
export function endProcess(code: number): void {
  stdout.write('', error => {
    const failed = problem ?? (error as NodeJS.ErrnoException | null | undefined)
    // Whoever reads may stop before the end: `runtape runs | head`.
    if (!failed || failed.code === 'EPIPE') leave(code)
    printError(`The output could not be written: ${failed.message}.`)
    leave(notFoundOut)
  })
}

/** Ends the process now. */
export function leave(code: number): never {
  isOver = true
  return process.exit(code)
}
