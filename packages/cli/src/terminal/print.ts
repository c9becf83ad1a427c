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
  process.stderr.write(`${bold('runtape:', process.stderr)} ${message}\n`)
}
