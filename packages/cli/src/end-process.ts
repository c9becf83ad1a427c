import { printError } from './terminal/print.ts'

const { stdout } = process
let isOver = false

// Whoever reads may stop before the end: `runtape runs | head`.
stdout.on('error', (error: NodeJS.ErrnoException) => leave(error.code === 'EPIPE' ? 0 : 1))

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
  stdout.write('', () => leave(code))
}

/** Ends the process now. */
export function leave(code: number): never {
  isOver = true
  return process.exit(code)
}
