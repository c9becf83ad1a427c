import { visibleText } from '@runtape/replay/report'
import { bold } from './style.ts'

/** A line, or several, for who asked. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** For programs that read on. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** What went wrong, without where it was thrown. */
export function printError(message: string): void {
  // Over the progress bar, if there is one.
  const clear = process.stderr.isTTY ? '\r\u001b[K' : ''
  process.stderr.write(`${clear}${bold('runtape:', process.stderr)} ${visibleText(message)}\n`)
}
