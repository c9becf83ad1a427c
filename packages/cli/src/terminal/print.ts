import { visibleText } from '@runtape/replay/report'
import { results } from '../process/results.ts'
import { bold } from './style.ts'

/** Prints results. */
export function print(text: string): void {
  results.write(`${text}\n`)
}

/** JSON for other programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** A failure's message, without its stack. */
export function printError(message: string): void {
  // Overwrites the progress bar, if any.
  const clear = process.stderr.isTTY ? '\r\u001b[K' : ''
  process.stderr.write(`${clear}${bold('runtape:', process.stderr)} ${visibleText(message)}\n`)
}
